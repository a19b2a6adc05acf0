#include "transfer/readers.h"

#include <set>

namespace shoal::transfer {

p2p::Pieces Readers::urgent(const store::PieceLayout& layout, const std::vector<bool>& have) const {
  p2p::Pieces out;
  std::set<std::uint32_t> seen;
  for (std::uint32_t ahead = 0; ahead < kAheadPieces; ++ahead) {
    for (const std::uint64_t offset : waiting_) {
      const std::uint32_t piece = layout.piece_at(offset) + ahead;
      if (piece >= layout.count() || have[piece] || !seen.insert(piece).second) continue;
      out.push_back(piece);
      if (out.size() == kUrgentMax) return out;
    }
  }
  return out;
}

}  // namespace shoal::transfer
