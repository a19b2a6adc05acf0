#include "p2p/send_buffers.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace shoal::p2p {

SendBuffers::SendBuffers(asio::any_io_executor executor, MemoryLimits limits,
                         std::function<void()> on_wait)
    : executor_(std::move(executor)), budget_(limits), on_wait_(std::move(on_wait)) {}

void SendBuffers::take(const std::shared_ptr<Line>& line, std::size_t bytes, Then then) {
  if (closed_) return then(nullptr);
  if (line->waiting.empty() && budget_.fits(line->account, bytes)) return then(lend(line, bytes));
  on_wait_();
  if (line->waiting.empty()) lines_.push_back(line);
  line->waiting.push_back({bytes, std::move(then)});
}

SendBuffers::Buffer SendBuffers::allocate(std::size_t bytes) {
  if (spares_.empty() || spare_bytes_ != bytes) {
    return std::make_unique_for_overwrite<char[]>(bytes + kTailRoom);
  }
  Buffer spare = std::move(spares_.back());
  spares_.pop_back();
  return spare;
}

SendBuffers::Buffer SendBuffers::lend(const std::shared_ptr<Line>& line, std::size_t bytes) {
  Buffer buffer = allocate(bytes);
  budget_.take(line->account, bytes);
  lent_.emplace(buffer.get(), Lent{line, bytes});
  return buffer;
}

void SendBuffers::give_back(Buffer buffer) {
  const auto found = lent_.find(buffer.get());
  const std::size_t bytes = found->second.bytes;
  budget_.give_back(found->second.line->account, bytes);
  lent_.erase(found);
  if (std::exchange(spare_bytes_, bytes) != bytes) spares_.clear();
  if (spares_.size() < kSparesMax) spares_.push_back(std::move(buffer));
  serve_later();
}

// Not at once: the buffer comes back in the middle of libtorrent's work for another peer.
void SendBuffers::serve_later() {
  if (lines_.empty() || std::exchange(serving_, true)) return;
  asio::post(executor_, [this] { serve(); });
}

void SendBuffers::serve() {
  serving_ = false;
  // Each line once around, as long as one of them gets something.
  for (std::size_t passed = 0; passed < lines_.size();) {
    const auto line = std::move(lines_.front());
    lines_.pop_front();
    if (!budget_.fits(line->account, line->waiting.front().bytes)) {
      lines_.push_back(line);
      ++passed;
      continue;
    }
    const auto wanted = std::move(line->waiting.front());
    line->waiting.pop_front();
    if (!line->waiting.empty()) lines_.push_back(line);
    passed = 0;
    wanted.then(lend(line, wanted.bytes));
  }
}

void SendBuffers::close() {
  closed_ = true;
  for (const auto& line : std::exchange(lines_, {})) {
    for (const auto& wanted : std::exchange(line->waiting, {})) wanted.then(nullptr);
  }
}

}  // namespace shoal::p2p
