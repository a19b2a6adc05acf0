#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "p2p/types.h"
#include "store/piece_layout.h"

namespace shoal::transfer {

// Where readers of a blob are waiting right now.
class Readers {
 public:
  using Place = std::list<std::uint64_t>::iterator;
  Place wait_at(std::uint64_t offset) { return waiting_.insert(waiting_.end(), offset); }
  void done(Place place) { waiting_.erase(place); }
  bool any() const { return !waiting_.empty(); }

  // The missing pieces that readers wait for, each reader's first one before any reader's second.
  p2p::Pieces urgent(const store::PieceLayout& layout, const std::vector<bool>& have) const;

  static constexpr std::size_t kUrgentMax = 64;
  static constexpr std::uint32_t kAheadPieces = 3;

 private:
  std::list<std::uint64_t> waiting_;
};

}  // namespace shoal::transfer
