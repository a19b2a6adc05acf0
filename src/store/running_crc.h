#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace shoal::store {

// The CRC32C of pieces that are written front to back, as most are, so that their bytes need not be
// read back for it. Of a piece that was written in any other order, or by two at a time, nothing is
// known.   Thread  any.
class RunningCrcs {
 public:
  // Somebody is about to write at `at` in this piece; end() follows.
  // Returns  the CRC32C of all that comes before in the piece, if this goes on from there.
  std::optional<std::uint32_t> begin(std::uint32_t piece, std::uint64_t at);
  // `bytes` were written. `crc`: of the piece up to their end; nothing where begin() gave nothing, or the
  // write failed.
  void end(std::uint32_t piece, std::uint64_t bytes, std::optional<std::uint32_t> crc);
  // What is known of the piece, if all its `bytes` were written; then forgets it. Nobody writes to it now.
  std::optional<std::uint32_t> take(std::uint32_t piece, std::uint64_t bytes);

 private:
  struct Running {
    std::uint64_t next = 0;  // where the next write must begin
    std::uint32_t crc = 0;   // of what comes before
    std::uint32_t writers = 0;
    bool broken = false;
  };
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, Running> running_;
};

}  // namespace shoal::store
