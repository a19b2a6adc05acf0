#pragma once

#include <cstdint>
#include <functional>
#include <set>

#include "p2p/types.h"

namespace shoal::p2p {

// The pieces that peers are asked for before others: those that a reader waits for, and the first
// missing ones from the blob's front. Among these the rarest comes first, since a piece that few have
// is one that few can pass on; beyond them only what is much rarer. Pure: no I/O, no clock.
class PieceWindow {
 public:
  // `size`: how many missing pieces at the front are in it.
  PieceWindow(std::uint32_t piece_count, std::uint32_t size)
      : piece_count_(piece_count), size_(size) {}

  struct Changes {
    Pieces entered;
    Pieces left;  // also what is missing no more
  };
  // Moves on to what is missing now. A piece that is not missing must not become missing again without
  // start_over().
  Changes update(const std::function<bool(std::uint32_t)>& missing, const Pieces& wanted);
  bool contains(std::uint32_t piece) const { return inside_.contains(piece); }
  void start_over();

 private:
  std::uint32_t piece_count_;
  std::uint32_t size_;
  std::uint32_t front_ = 0;  // nothing before it is missing
  std::set<std::uint32_t> inside_;
};

}  // namespace shoal::p2p
