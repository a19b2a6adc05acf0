#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/event.h"
#include "base/host_port.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::discovery {

using Endpoints = std::set<asio::ip::tcp::endpoint>;

// All addresses of one peer; an IP address is its own answer, a name is looked up. Blocks.
// Errors  unavailable: the name does not resolve; the message names it.
Result<Endpoints> look_up(const HostPort& peer);

// Peers from the configuration: addresses as they are, names looked up again and again, since what
// they stand for moves. A name that stops resolving keeps the addresses it had.
// Thread  the reactor's; look-ups block on the disk pool.   Lifetime  outlives run().
class StaticPeers {
 public:
  // `found` is told all endpoints whenever they changed, and once at the start.
  StaticPeers(asio::any_io_executor reactor, asio::thread_pool& disk_pool,
              std::vector<HostPort> peers, std::chrono::milliseconds refresh,
              std::function<void(const Endpoints&)> found);

  // Looks up until stop().
  Awaitable<void> run();
  void stop();

 private:
  asio::thread_pool& disk_pool_;
  std::vector<HostPort> peers_;
  std::chrono::milliseconds refresh_;
  std::function<void(const Endpoints&)> found_;
  Event stopping_;
  bool stopped_ = false;
  std::map<std::string, Endpoints> known_;  // by host and port as configured
};

}  // namespace shoal::discovery
