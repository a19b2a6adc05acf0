#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_range.h"
#include "store/blob_file.h"

namespace shoal::transfer {

// A piece that was present with this CRC32C, and was then dropped or replaced.
struct ReplacedPiece {
  std::uint32_t piece;
  std::uint32_t crc;
};

// Which bytes of an arriving blob one reader was given, so that a reader who got a piece that turned
// out to be bad is not given the rest as if all were well. Pure but for asking the blob for CRC32Cs.
class ServedBytes {
 public:
  void note(ByteRange given);
  // `replaced`: all pieces that were replaced since the download began; it only grows.
  // Returns  whether bytes that were given differ from what is there now.
  bool spoiled(const std::vector<ReplacedPiece>& replaced, const store::BlobFile& blob);

 private:
  std::vector<ByteRange> given_;  // a reader that goes front to back has one
  std::size_t seen_ = 0;          // so many of `replaced` were looked at
  std::vector<ReplacedPiece> doubtful_;
};

}  // namespace shoal::transfer
