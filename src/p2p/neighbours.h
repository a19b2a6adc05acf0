#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include <libtorrent/socket.hpp>

#include "p2p/types.h"

namespace shoal::p2p {

// Which of the members that discovery found this node keeps a control connection to: all, where there
// are no more than `max`, else the first by a hash of (this node, member). So every node chooses at
// random, and the same again each time; what all choose makes one connected graph, without anybody
// seeing the whole. Who does not come up within kPatience is passed over for the next, and tried on.
// Pure: time comes in as an argument.   Thread  not thread-safe.
class Neighbours {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kPatience{10};

  Neighbours(NodeId self, std::size_t max) : self_(std::move(self)), max_(max) {}

  void set_known(const std::vector<lt::tcp::endpoint>& known);
  // Whether there are members that we do not try to connect to.
  bool is_partial() const { return ranked_.size() > max_; }
  std::size_t max() const { return max_; }

  // Those to connect to now, given who is connected.
  std::vector<lt::tcp::endpoint> due(const std::set<lt::tcp::endpoint>& connected, TimePoint now);
  // Whether it is one of those that the last due() counted on.
  bool chose(const lt::tcp::endpoint& member) const { return chosen_.contains(member); }
  // The first `count` of the ranking, reachable or not.
  std::vector<lt::tcp::endpoint> first(std::size_t count) const;

 private:
  struct Candidate {
    Candidate(std::uint64_t rank_in, lt::tcp::endpoint endpoint_in)
        : rank(rank_in), endpoint(std::move(endpoint_in)) {}
    std::uint64_t rank;
    lt::tcp::endpoint endpoint;
    std::optional<TimePoint> missed_since;
  };
  std::uint64_t rank_of(const lt::tcp::endpoint& member) const;

  NodeId self_;
  std::size_t max_;
  std::vector<Candidate> ranked_;
  std::set<lt::tcp::endpoint> chosen_;
};

}  // namespace shoal::p2p
