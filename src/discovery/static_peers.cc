#include "discovery/static_peers.h"

#include <utility>

namespace shoal::discovery {

Awaitable<void> StaticPeers::run(Found found) {
  Endpoints told;
  bool first = true;
  while (!stopped_) {
    co_await book_.look_up_all(peers_, stopped_);
    if (stopped_) break;
    Endpoints now = book_.all();
    if (first || now != told) found(now);
    told = std::move(now);
    first = false;
    co_await stopping_.wait_until(std::chrono::steady_clock::now() + refresh_);
  }
}

void StaticPeers::stop() {
  stopped_ = true;
  stopping_.notify_all();
}

}  // namespace shoal::discovery
