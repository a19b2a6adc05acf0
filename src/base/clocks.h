#pragma once

#include <algorithm>
#include <chrono>

namespace shoal {

// A moment on the clock that is never set: for deadlines and ages.
using SteadyClock = std::chrono::steady_clock;
using SteadyTime = std::chrono::steady_clock::time_point;

// A moment on the calendar's clock: for what outlives this process, or comes from another node.
using SystemClock = std::chrono::system_clock;
using SystemTime = std::chrono::system_clock::time_point;

// How long ago it was. Never negative: this clock may have been set back, and a peer's may be ahead.
inline SystemClock::duration age_of(SystemTime moment) {
  return std::max(SystemClock::duration(0), SystemClock::now() - moment);
}

// The same moment, or now where it lies in the future.
inline SteadyTime to_steady(SystemTime moment) {
  return SteadyClock::now() - std::chrono::duration_cast<SteadyClock::duration>(age_of(moment));
}

}  // namespace shoal
