#pragma once

#include <cstdint>

#include "base/byte_range.h"

namespace shoal::store {

// How a blob is cut into pieces: a pure function of its size and what the cluster wants, the same on every
// node, since the torrent's info-hash depends on it. All pieces have piece_bytes() but the last, which may
// be shorter. A blob of zero bytes has no piece.
class PieceLayout {
 public:
  // 128 KiB up to 128 MiB, then the power of two that gives at most 1024 pieces, 4 MiB at the most.
  // Small pieces let a node pass bytes on soon; large ones keep tables, HAVE messages and requests few.
  // With `wanted` > 0: as large as that, or as keeps them below 65536 (up to 4 MiB), whichever is more.
  explicit PieceLayout(std::uint64_t blob_bytes, std::uint32_t wanted = 0);

  std::uint64_t blob_bytes() const { return blob_bytes_; }
  std::uint32_t piece_bytes() const { return piece_bytes_; }
  std::uint32_t count() const { return count_; }

  // The bytes of piece `index`; `index` < count().
  ByteRange range(std::uint32_t index) const;
  // The piece that holds byte `offset`; `offset` < blob_bytes().
  std::uint32_t piece_at(std::uint64_t offset) const {
    return static_cast<std::uint32_t>(offset / piece_bytes_);
  }

 private:
  std::uint64_t blob_bytes_;
  std::uint32_t piece_bytes_;
  std::uint32_t count_;
};

}  // namespace shoal::store
