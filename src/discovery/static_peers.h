#pragma once

#include <chrono>
#include <vector>

#include "base/event.h"
#include "discovery/host_book.h"
#include "discovery/source.h"

namespace shoal::discovery {

// Peers from the configuration: addresses as they are, names looked up again and again, since what
// they stand for moves.
class StaticPeers final : public Source {
 public:
  StaticPeers(asio::any_io_executor reactor, asio::thread_pool& disk_pool, Metrics& metrics,
              std::vector<HostPort> peers, std::chrono::milliseconds refresh)
      : peers_(std::move(peers)),
        refresh_(refresh),
        book_("static", disk_pool, metrics),
        stopping_(std::move(reactor)) {}

  std::string_view name() const override { return "static"; }
  Awaitable<void> run(Found found) override;
  void stop() override;

 private:
  std::vector<HostPort> peers_;
  std::chrono::milliseconds refresh_;
  HostBook book_;
  Event stopping_;
  bool stopped_ = false;
};

}  // namespace shoal::discovery
