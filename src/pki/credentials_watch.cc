#include "pki/credentials_watch.h"

#include <utility>

#include <spdlog/spdlog.h>

namespace shoal::pki {

CredentialsWatch::CredentialsWatch(asio::any_io_executor reactor, asio::thread_pool& disk_pool,
                                   CredentialsReader reader, std::chrono::milliseconds interval,
                                   std::function<void(std::shared_ptr<const Credentials>)> taken)
    : disk_pool_(disk_pool),
      reader_(std::move(reader)),
      interval_(interval),
      taken_(std::move(taken)),
      stopping_(std::move(reactor)) {}

Awaitable<void> CredentialsWatch::run() {
  while (!stopped_) {
    co_await stopping_.wait_until(std::chrono::steady_clock::now() + interval_);
    if (stopped_) co_return;
    auto look = [this] { return reader_.changed(); };
    auto found = co_await offload(disk_pool_, std::move(look));
    if (stopped_) co_return;
    if (!found) {
      spdlog::error("{}; what was there before stays in force", found.error().message);
    } else if (*found) {
      spdlog::info("took up new certificates for the swarm");
      taken_(std::move(*found));
    }
  }
}

void CredentialsWatch::stop() {
  stopped_ = true;
  stopping_.notify_all();
}

}  // namespace shoal::pki
