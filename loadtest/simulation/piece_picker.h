#pragma once

#include <vector>

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// Which piece a node asks a peer for next.   Thread  not thread-safe.
class PiecePicker {
 public:
  explicit PiecePicker(World& world) : world_(world) {}

  // Of the pieces that the peer has and the owner of `side` lacks and has asked nobody for, the one that
  // libtorrent takes, given the daemon's window (p2p/piece_window.h); at random among several.
  // Errors  kNobody: there is none.
  std::uint32_t next(const Side& side);
  // The end game: one that was asked from another peer, once nothing else is left anywhere.
  // Errors  kNobody: the peer has none of those, or it is not the end yet.
  std::uint32_t again(const Side& side);

 private:
  std::uint32_t window_end(const Node& node) const;
  std::uint32_t any_of_best() {
    return best_.empty() ? kNobody : best_[world_.random.below(best_.size())];
  }

  World& world_;
  std::vector<std::uint32_t> best_;  // scratch
};

}  // namespace shoal::simulation
