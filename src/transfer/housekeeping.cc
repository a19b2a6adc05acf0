#include "transfer/housekeeping.h"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace shoal::transfer {

Housekeeping::Housekeeping(asio::any_io_executor reactor, asio::thread_pool& disk_pool,
                           store::Store& store, Transfers& transfers,
                           std::chrono::milliseconds interval)
    : disk_pool_(disk_pool),
      store_(store),
      transfers_(transfers),
      interval_(interval),
      stop_(std::move(reactor)) {}

Awaitable<void> Housekeeping::run() {
  while (!is_stopped_) {
    auto job = [&store = store_] { return store.tidy(); };
    const auto tidied = co_await offload(disk_pool_, std::move(job));
    // What is released now goes the next time.
    if (tidied && tidied->lacking > 0) transfers_.release_seeds(tidied->lacking);
    if (tidied && tidied->freed > 0) spdlog::info("{} bytes of old blobs evicted", tidied->freed);
    if (!is_stopped_) co_await stop_.wait_until(std::chrono::steady_clock::now() + pause());
  }
}

std::chrono::milliseconds Housekeeping::pause() const {
  static constexpr std::chrono::milliseconds kInTroubleMax{1000};
  return store_.trouble() ? std::min(interval_, kInTroubleMax) : interval_;
}

void Housekeeping::stop() {
  is_stopped_ = true;
  stop_.notify_all();
}

}  // namespace shoal::transfer
