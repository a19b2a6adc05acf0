#include "upstream/rate_limit.h"

#include <algorithm>

namespace shoal::upstream {
namespace {

constexpr std::uint64_t kSharesPerSecond = 64;
constexpr std::uint64_t kShareBytesMin = 4 * 1024;
constexpr std::uint64_t kShareBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kSavedMax{50};  // what timers that fire late may catch up

}  // namespace

RateLimit::RateLimit(std::uint64_t bytes_per_second, Time now)
    : nanoseconds_per_byte_(1e9 / static_cast<double>(bytes_per_second)),
      share_(static_cast<std::size_t>(
          std::clamp(bytes_per_second / kSharesPerSecond, kShareBytesMin, kShareBytesMax))),
      next_(now) {}

RateLimit::Time RateLimit::reserve(std::size_t bytes, Time now) {
  const Time turn = std::max(next_, now - kSavedMax);
  next_ = turn + cost(bytes);
  return turn;
}

void RateLimit::give_back(std::size_t bytes) {
  next_ -= cost(bytes);
}

std::chrono::nanoseconds RateLimit::cost(std::size_t bytes) const {
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(static_cast<double>(bytes) * nanoseconds_per_byte_));
}

}  // namespace shoal::upstream
