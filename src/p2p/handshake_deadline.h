#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace shoal::p2p {

// Ends connections to our port that stay nobody's: libtorrent gives a TLS handshake all the time in the
// world, so whoever reaches the port could hold connections until no descriptor is left.
// Thread  the swarm's.
class HandshakeDeadline {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Endpoints = std::set<boost::asio::ip::tcp::endpoint>;

  // `local` is where we listen.
  explicit HandshakeDeadline(boost::asio::ip::tcp::endpoint local) : local_(std::move(local)) {}

  // Whether kInterval has passed since enforce(); it costs some 2 us for each open descriptor.
  bool due(Time now) const { return !enforced_at_ || now - *enforced_at_ >= kInterval; }
  // Shuts down what was accepted kLimit ago or longer and does not come from one of `members`, the
  // other ends of the connections that are somebody's.   Returns  how many.
  std::size_t enforce(const Endpoints& members, Time now);

  static constexpr std::chrono::seconds kInterval{5};
  static constexpr std::chrono::seconds kLimit{10};

 private:
  boost::asio::ip::tcp::endpoint local_;
  std::optional<Time> enforced_at_;
  std::map<boost::asio::ip::tcp::endpoint, Time> first_seen_;  // of those that are nobody's
};

}  // namespace shoal::p2p
