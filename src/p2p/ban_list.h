#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "p2p/types.h"

namespace shoal::p2p {

// Nodes that were caught lying, kept out for a while. A node is known by its id and by where it
// listens; its id is new at each start, so its whole address is banned too, unless other members
// share that address. (A node's certificate would be the better name for it: add it to Entry.)
//
// Pure: no I/O, no clock.   Thread  not thread-safe.
// Limits  kBansMax, and as many strikes; the oldest goes first.
class BanList {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit BanList(std::chrono::milliseconds ban_time) : ban_time_(ban_time) {}

  // Returns  false where the ban time is zero, or the node is banned already.
  bool add(const NodeId& node, const boost::asio::ip::tcp::endpoint& listens_at, bool whole_address,
           Time now);
  // The node was shunned for one blob, and may have believed somebody else.
  // Returns  whether it happened to it kStrikesMax times within the ban time: nobody is that unlucky.
  bool strike(const NodeId& node, Time now);
  bool refuses(const NodeId& node, const boost::asio::ip::tcp::endpoint& listens_at,
               Time now) const;
  // Returns  whether a ban ended since the last call.
  bool expire(Time now);
  // Those banned as a whole.
  std::vector<boost::asio::ip::address> addresses() const;
  std::size_t size() const { return bans_.size(); }

  static constexpr std::size_t kBansMax = 1024;
  static constexpr std::ptrdiff_t kStrikesMax = 3;

 private:
  struct Entry {
    NodeId node;
    boost::asio::ip::tcp::endpoint listens_at;
    bool whole_address;
    Time until;
  };
  std::chrono::milliseconds ban_time_;
  struct Strike {
    NodeId node;
    Time until;
  };
  std::deque<Entry> bans_;      // the one that ends first comes first
  std::deque<Strike> strikes_;  // as bans_
};

}  // namespace shoal::p2p
