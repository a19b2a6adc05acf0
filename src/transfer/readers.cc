#include "transfer/readers.h"

#include <set>

namespace shoal::transfer {

std::vector<p2p::UrgentPiece> Readers::urgent(const store::PieceLayout& layout,
                                              const std::vector<bool>& have) const {
  std::vector<p2p::UrgentPiece> out;
  std::set<std::uint32_t> seen;
  for (std::uint32_t ahead = 0; ahead < kAheadPieces; ++ahead) {
    for (const Waiting& waiting : waiting_) {  // the longest waiting first
      const std::uint32_t piece = layout.piece_at(waiting.offset) + ahead;
      if (piece >= layout.count() || have[piece] || !seen.insert(piece).second) continue;
      out.emplace_back(piece, waiting.since);
      if (out.size() == kUrgentMax) return out;
    }
  }
  return out;
}

}  // namespace shoal::transfer
