#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "loadtest/http_connection.h"

namespace shoal::loadtest {

// How many bytes had come at points in time: the picture of a pull, kept by the pull itself so that
// nobody has to ask while it runs.
// Limits  kPointsMax points: a pull that lasts long has them further apart.   Thread  any.
class Timeline {
 public:
  static constexpr std::size_t kPointsMax = 1000;
  static constexpr std::chrono::milliseconds kFirstInterval{20};

  struct Point {
    std::chrono::duration<double> since_start{0};
    std::uint64_t bytes = 0;
  };

  explicit Timeline(SteadyTime start) : start_(start) {}

  // `bytes` is the total at `now`. Kept where the latest point is at least an interval old.
  void note(SteadyTime now, std::uint64_t bytes);
  // All points so far, in the order of time, and the total at `now` as the last.
  std::vector<Point> ending_at(SteadyTime now, std::uint64_t bytes) const;

 private:
  // Drops every second point; from then on points are twice as far apart.
  void thin_out();

  const SteadyTime start_;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::duration interval_ = kFirstInterval;
  std::vector<Point> points_;
};

}  // namespace shoal::loadtest
