#include "store/room.h"

#include <algorithm>

namespace shoal::store {
namespace {

constexpr std::uint64_t kBlockBytes = 4096;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

// Not a * percent / 100: that overflows where there is no limit.
std::uint64_t percent_of(std::uint64_t bytes, std::uint32_t percent) {
  return bytes / 100 * percent + bytes % 100 * percent / 100;
}

}  // namespace

std::uint64_t room_limit(const RoomOptions& options, const DiskSpace& disk, const Holdings& held) {
  const std::uint64_t on_disk = minus(held.occupied, held.unwritten);
  const std::uint64_t by_disk = minus(on_disk + disk.free, options.min_free.of(disk.total));
  if (!options.quota.is_given()) return by_disk;
  return std::min(by_disk, options.quota.of(disk.total));
}

Admission admit(std::uint64_t limit, const Holdings& held, std::uint64_t bytes) {
  Admission out;
  out.is_possible = bytes <= limit;
  if (!out.is_possible) return out;
  out.to_evict = minus(held.occupied, limit - bytes);
  out.is_possible = out.to_evict <= held.evictable;
  return out;
}

std::uint64_t beyond_watermark(const RoomOptions& options, std::uint64_t limit,
                               const Holdings& held) {
  if (held.occupied <= percent_of(limit, options.high_watermark)) return 0;
  return minus(held.occupied, percent_of(limit, options.low_watermark));
}

std::uint64_t occupied_by(std::uint64_t size) {
  return (size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

}  // namespace shoal::store
