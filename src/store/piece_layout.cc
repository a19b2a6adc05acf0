#include "store/piece_layout.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kPieceBytesMin = 128 * kKiB;
constexpr std::uint64_t kPieceBytesMax = 4 * kMiB;
constexpr std::uint64_t kPiecesWanted = 1024;

std::uint64_t divide_up(std::uint64_t whole, std::uint64_t part) {
  return whole / part + (whole % part == 0 ? 0 : 1);
}

std::uint64_t piece_bytes_for(std::uint64_t blob_bytes) {
  const std::uint64_t fair_share = divide_up(blob_bytes, kPiecesWanted);
  return std::bit_ceil(std::clamp(fair_share, kPieceBytesMin, kPieceBytesMax));
}

}  // namespace

PieceLayout::PieceLayout(std::uint64_t blob_bytes)
    : blob_bytes_(blob_bytes),
      piece_bytes_(static_cast<std::uint32_t>(piece_bytes_for(blob_bytes))),
      count_(static_cast<std::uint32_t>(divide_up(blob_bytes, piece_bytes_))) {}

ByteRange PieceLayout::range(std::uint32_t index) const {
  const std::uint64_t offset = std::uint64_t{index} * piece_bytes_;
  return ByteRange{offset, std::min<std::uint64_t>(piece_bytes_, blob_bytes_ - offset)};
}

}  // namespace shoal::store
