#pragma once

#include <chrono>
#include <cstdint>

namespace shoal::store {

// An amount of disk: bytes, or percent of the file system where `percent` > 0. All zero: none given.
struct Share {
  std::uint64_t bytes = 0;
  std::uint32_t percent = 0;

  bool is_given() const { return bytes > 0 || percent > 0; }
  std::uint64_t of(std::uint64_t total) const {
    return percent > 0 ? total / 100 * percent : bytes;
  }
};

// How much of a disk content may take.
struct RoomOptions {
  Share quota;                           // for all content together; none = the whole disk
  Share min_free;                        // what stays free, whoever took the rest
  std::uint32_t high_watermark = 100;    // percent of the limit: beyond it blobs are evicted ...
  std::uint32_t low_watermark = 100;     // ... until so much is taken
  std::chrono::milliseconds max_age{0};  // blobs unused for longer go in any case; 0 = never
};

struct DiskSpace {
  std::uint64_t total = 0;
  std::uint64_t free = 0;  // for us
};

// What content takes. A blob that is arriving takes all of its size from the start.
struct Holdings {
  std::uint64_t occupied = 0;
  std::uint64_t unwritten = 0;  // of that, what has not arrived yet and so is not on the disk
  std::uint64_t evictable = 0;  // of that, what may go at once: at rest and not pinned
};

// How much content may take, all in all, with the disk as full as it is of other things. Pure.
std::uint64_t room_limit(const RoomOptions& options, const DiskSpace& disk, const Holdings& held);

// How much must go before `bytes` more may come, and whether what may go is enough. Pure.
struct Admission {
  std::uint64_t to_evict = 0;
  bool is_possible = true;
};
Admission admit(std::uint64_t limit, const Holdings& held, std::uint64_t bytes);

// How much must go to get from beyond the high watermark down to the low one; 0 where it is below. Pure.
std::uint64_t beyond_watermark(const RoomOptions& options, std::uint64_t limit,
                               const Holdings& held);

// What a file of so many bytes takes on a disk of 4 KiB blocks.
std::uint64_t occupied_by(std::uint64_t size);

}  // namespace shoal::store
