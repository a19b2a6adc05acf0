#pragma once

#include <array>
#include <cstdint>
#include <shared_mutex>

namespace shoal::store {

// One reader-writer lock for each piece, near enough: pieces far apart share one. Who reads or
// writes bytes of a piece holds it shared, so they do not wait for each other; who makes the piece
// present or missing holds it alone, so no write still under way can change a piece that was
// declared finished. Hold one at a time.
class PieceLocks {
 public:
  std::shared_mutex& of(std::uint32_t index) { return locks_[index % locks_.size()]; }

 private:
  std::array<std::shared_mutex, 32> locks_;
};

}  // namespace shoal::store
