#include "loadtest/timeline.h"

#include <algorithm>

namespace shoal::loadtest {

void Timeline::note(SteadyTime now, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto since_start = now - start_;
  if (!points_.empty()) {
    const Point& latest = points_.back();
    if (since_start - latest.since_start < interval_) return;
    // Two threads may arrive here in the other order than they counted.
    bytes = std::max(bytes, latest.bytes);
  }
  if (points_.size() == kPointsMax) thin_out();
  points_.push_back({since_start, bytes});
}

std::vector<Timeline::Point> Timeline::ending_at(SteadyTime now, std::uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  auto points = points_;
  points.push_back({now - start_, bytes});
  return points;
}

void Timeline::thin_out() {
  std::size_t kept = 0;
  for (std::size_t number = 0; number < points_.size(); number += 2) {
    points_[kept++] = points_[number];
  }
  points_.resize(kept);
  interval_ *= 2;
}

}  // namespace shoal::loadtest
