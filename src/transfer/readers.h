#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "p2p/fetch_planner.h"
#include "store/piece_layout.h"

namespace shoal::transfer {

// Where readers of a blob are waiting right now.
class Readers {
 public:
  struct Waiting {
    std::uint64_t offset;
    p2p::Time since;
  };
  using Place = std::list<Waiting>::iterator;
  Place wait_at(std::uint64_t offset, p2p::Time now) {
    return waiting_.insert(waiting_.end(), Waiting{offset, now});
  }
  void done(Place place) { waiting_.erase(place); }

  // The missing pieces that readers wait for, each reader's first one before any reader's second.
  std::vector<p2p::UrgentPiece> urgent(const store::PieceLayout& layout,
                                       const std::vector<bool>& have) const;

  static constexpr std::size_t kUrgentMax = 64;
  static constexpr std::uint32_t kAheadPieces = 3;

 private:
  std::list<Waiting> waiting_;
};

}  // namespace shoal::transfer
