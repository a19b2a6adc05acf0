#include "store/piece_layout.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "base/piece_size.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kChosenMin = 128 * kKiB;
constexpr std::uint64_t kChosenCount = 1024;
constexpr std::uint64_t kWantedCountMax = 65536;

std::uint64_t divide_up(std::uint64_t whole, std::uint64_t part) {
  return whole / part + (whole % part == 0 ? 0 : 1);
}

// The power of two that gives at most `count` pieces, between `min` and the largest there may be.
std::uint64_t piece_bytes_for(std::uint64_t blob_bytes, std::uint64_t count, std::uint64_t min) {
  const std::uint64_t fair_share = divide_up(blob_bytes, count);
  return std::bit_ceil(std::clamp<std::uint64_t>(fair_share, min, kPieceBytesMax));
}

std::uint32_t piece_bytes_for(std::uint64_t blob_bytes, std::uint32_t wanted) {
  const std::uint64_t bytes =
      wanted == 0
          ? piece_bytes_for(blob_bytes, kChosenCount, kChosenMin)
          : std::max<std::uint64_t>(wanted, piece_bytes_for(blob_bytes, kWantedCountMax, 1));
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

PieceLayout::PieceLayout(std::uint64_t blob_bytes, std::uint32_t wanted)
    : blob_bytes_(blob_bytes),
      piece_bytes_(piece_bytes_for(blob_bytes, wanted)),
      count_(static_cast<std::uint32_t>(divide_up(blob_bytes, piece_bytes_))) {}

ByteRange PieceLayout::range(std::uint32_t index) const {
  const std::uint64_t offset = std::uint64_t{index} * piece_bytes_;
  return ByteRange{offset, std::min<std::uint64_t>(piece_bytes_, blob_bytes_ - offset)};
}

}  // namespace shoal::store
