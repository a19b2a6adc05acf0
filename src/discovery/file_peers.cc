#include "discovery/file_peers.h"

#include <utility>

#include "discovery/peers_file.h"

namespace shoal::discovery {

Awaitable<void> FilePeers::run(Found found) {
  Endpoints told;
  bool first = true;
  while (!stopped_) {
    auto job = [this] {
      watch_.look();
      return read_peers(file_);
    };
    auto hosts = co_await offload(disk_pool_, std::move(job));
    if (hosts) {
      book_.troubles().well(file_.native());
      hosts_ = std::move(*hosts);
    } else {
      book_.troubles().failed(file_.native(), hosts.error());
    }
    co_await book_.look_up_all(hosts_, stopped_);
    if (stopped_) break;
    Endpoints now = book_.all();
    if (first || now != told) found(now);
    told = std::move(now);
    first = false;
    co_await watch_.wait_until(std::chrono::steady_clock::now() + refresh_);
  }
}

void FilePeers::stop() {
  stopped_ = true;
  watch_.wake();
}

}  // namespace shoal::discovery
