#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::upstream {

// A token bucket that hands out times instead of tokens: who wants to read reserves some bytes and is
// told when it may. Times are given out in the order of asking, and each asks for share() at most, so
// many readers take turns and none is starved; nobody is on a list, so nobody has to leave it.
// Unused time is saved up for a twentieth of a second only: the rate is smooth.
// Pure: the clock is its caller's, and never goes back.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `bytes_per_second` > 0.
  RateLimit(std::uint64_t bytes_per_second, Time now);

  // When the caller may read the next `bytes`, at most share() of them; not after `now`: at once.
  Time reserve(std::size_t bytes, Time now);
  // So many of the reserved bytes were not read after all.
  void give_back(std::size_t bytes);
  // What one reader takes a turn: a 64th of a second's worth, 4 to 64 KiB.
  std::size_t share() const { return share_; }

 private:
  std::chrono::nanoseconds cost(std::size_t bytes) const;

  double nanoseconds_per_byte_;
  std::size_t share_;
  Time next_;  // when all that was reserved is paid for
};

}  // namespace shoal::upstream
