#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <vector>

#include <libtorrent/fwd.hpp>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/socket.hpp>

namespace shoal::p2p {

// Keeps this node in the DHT: introduces it to the nodes that discovery found, watches the size of
// libtorrent's routing table, and starts over when it is empty. Nodes that vanished are simply not heard
// of; one of the others is enough.
// Thread  the swarm's.
class DhtBootstrap {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // More than this many are not taken: they only have to lead to the rest.
  static constexpr std::size_t kNodesMax = 1000;

  explicit DhtBootstrap(lt::session_handle session) : session_(std::move(session)) {}

  // Where members listen for UDP; this node itself may be among them.
  void set_nodes(const std::set<lt::tcp::endpoint>& nodes, TimePoint now);

  // Call at next_at() or later.
  void tick(TimePoint now);
  TimePoint next_at() const { return next_; }

  // Whether this tells that the table, empty until now, is no longer: a good time to announce.
  bool on_stats(const lt::dht_stats_alert& stats);

  // In the routing table, as of the last count.
  std::size_t nodes() const { return nodes_; }

 private:
  void introduce(std::size_t nodes_max);

  lt::session_handle session_;
  std::vector<lt::tcp::endpoint> known_;
  std::size_t nodes_ = 0;
  std::size_t counted_ = 0;  // in the answers since the last tick: one for each listening socket
  unsigned tries_ = 0;       // with an empty table
  unsigned rounds_ = 0;
  TimePoint next_;
};

}  // namespace shoal::p2p
