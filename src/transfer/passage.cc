#include "transfer/passage.h"

#include <algorithm>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/task.h"

namespace shoal::transfer {

// Takes what one request to a registry brings.
class Passage::Sink final : public upstream::BodySink {
 public:
  Sink(Passage& passage, std::uint64_t stream) : passage_(passage), stream_(stream) {}

  void begin(ByteRange coming) override {
    position_ = coming.offset;
    if (passage_.is_current(stream_)) passage_.stream_end_ = coming.end();
  }

  // A registry that ignores Range begins at the front: what was not asked for is passed over.
  Awaitable<Result<void>> write(std::span<const std::byte> bytes) override {
    if (!passage_.is_current(stream_)) co_return fail(Errc::canceled, "nobody reads it any more");
    const std::uint64_t wanted = passage_.window_.held().end();
    const std::uint64_t left_out =
        std::min<std::uint64_t>(wanted - std::min(wanted, position_), bytes.size());
    position_ += bytes.size();
    if (position_ > passage_.descriptor_.size) {
      co_return fail(Errc::protocol, "upstream sent more bytes than the blob has");
    }
    passage_.context_.metrics.received_bytes(ByteSource::upstream)
        .Increment(static_cast<double>(bytes.size()));
    passage_.arrived_.Increment(static_cast<double>(bytes.size()));
    progressed_ = true;
    co_return co_await passage_.take(stream_, bytes.subspan(left_out));
  }
  bool progressed() const { return progressed_; }

 private:
  Passage& passage_;
  const std::uint64_t stream_;
  std::uint64_t position_ = 0;
  bool progressed_ = false;
};

Result<std::shared_ptr<Passage>> Passage::begin(Context& context, Descriptor descriptor,
                                                UpstreamRoute route, const std::string& registry,
                                                Errc why) {
  if (context.passages >= kPassagesMax) {
    return fail(Errc::unavailable,
                "too many blobs are handed through without being stored; come back later");
  }
  auto window = Window::make();
  if (!window) return fail(std::move(window.error()));
  context.metrics.passages(why == Errc::too_large ? "room" : "disk").Increment();
  return std::make_shared<Passage>(context, std::move(descriptor), std::move(route),
                                   context.downloads.bytes(registry, ByteSource::upstream),
                                   std::move(*window));
}

Passage::Passage(Context& context, Descriptor descriptor, UpstreamRoute route,
                 prometheus::Counter& arrived, Window window)
    : context_(context),
      descriptor_(std::move(descriptor)),
      route_(std::move(route)),
      arrived_(arrived),
      window_(std::move(window)),
      changed_(context.reactor) {
  ++context_.passages;
}

Passage::~Passage() {
  --context_.passages;
}

void Passage::cancel() {
  canceled_ = true;
  changed_.notify_all();
}

Awaitable<Result<Extent>> Passage::read(ByteRange wanted, SteadyTime deadline) {
  const auto self = shared_from_this();
  if (wanted.empty() || wanted.end() > descriptor_.size) {
    co_return fail(Errc::invalid_argument, "read outside the blob");
  }
  // What did not match would match no better the next time, and be looked at less.
  if (error_ && error_->code == Errc::corrupt) co_return fail(*error_);
  const ByteRange held = window_.held();
  const bool is_coming = wanted.offset >= held.offset && wanted.offset <= held.end() &&
                         (wanted.offset < held.end() || held.end() < stream_end_);
  if (is_coming && !error_) {
    window_.release_before(wanted.offset);
  } else {
    start(wanted);
  }
  changed_.notify_all();
  bool in_time = true;
  while (window_.held().empty() && !error_ && in_time) {
    in_time = co_await changed_.wait_until(deadline);
  }
  const ByteRange here = window_.held();
  if (!here.empty()) {
    co_return Extent{window_.fd(), ByteRange{wanted.offset, std::min(here.size, wanted.size)}};
  }
  if (error_) co_return fail(*error_);
  co_return fail(Errc::timeout, "no byte of the blob arrived in time");
}

void Passage::start(ByteRange range) {
  error_.reset();
  if (range.offset != window_.held().end() || range.offset != hashed_) hasher_.reset();
  if (range.offset == 0) {
    hasher_ = std::make_shared<Hasher>(descriptor_.digest.algorithm());
    hashed_ = 0;
  }
  window_.restart(range.offset);
  stream_end_ = range.end();
  spawn(context_.reactor, "passage", run(++stream_, range));
}

Awaitable<void> Passage::run(std::uint64_t stream, ByteRange range) {
  const auto self = shared_from_this();
  while (is_current(stream) && window_.held().end() < range.end()) {
    auto repository = route_.pick(std::chrono::steady_clock::now());
    if (!repository) {
      error_ = route_.error();
      break;
    }
    const std::uint64_t from = window_.held().end();
    Sink sink(*this, stream);
    const Digest digest = descriptor_.digest;
    const ByteRange rest{from, range.end() - from};
    const auto got = co_await context_.upstream.get_blob(*repository, digest, rest, sink);
    if (got || sink.progressed()) route_.succeeded(*repository);
    if (got || !is_current(stream)) continue;
    if (!error_ && got.error().code == Errc::canceled) error_ = got.error();  // we are stopping
    if (error_) break;
    spdlog::debug("blob {} from {}: {}", digest.brief(), repository->text(), got.error().message);
    if (!sink.progressed()) {
      route_.failed(*repository, got.error(), std::chrono::steady_clock::now());
    }
  }
  changed_.notify_all();
}

Awaitable<Result<void>> Passage::take(std::uint64_t stream, std::span<const std::byte> bytes) {
  while (window_.held().size >= kWindowBytes && is_current(stream)) {
    co_await changed_.wait_until(SteadyTime::max());
  }
  if (hasher_ && is_current(stream)) {
    auto job = [hasher = hasher_, bytes] {
      hasher->update(bytes);
      return bytes.size();
    };
    const std::size_t hashed = co_await offload(context_.disk_pool, std::move(job));
    if (is_current(stream)) hashed_ += hashed;
  }
  if (!is_current(stream)) co_return fail(Errc::canceled, "nobody reads it any more");
  if (window_.held().end() + bytes.size() == descriptor_.size) {
    if (auto whole = check_whole(); !whole) {
      error_ = whole.error();
      changed_.notify_all();
      co_return whole;
    }
  }
  auto kept = window_.append(bytes);
  if (!kept) error_ = kept.error();
  changed_.notify_all();
  co_return kept;
}

// The end is not given to a reader whose whole is not the blob.
Result<void> Passage::check_whole() {
  if (!hasher_ || hashed_ != descriptor_.size) return {};
  const Digest came = std::exchange(hasher_, nullptr)->finish();
  if (came == descriptor_.digest) return {};
  context_.metrics.swarm_corrupt_blobs.Increment();
  return fail(Errc::corrupt, "the bytes that came for blob " + descriptor_.digest.text() +
                                 " have the digest " + came.text());
}

}  // namespace shoal::transfer
