#pragma once

#include <chrono>

namespace shoal {

// A moment on the clock that is never set: for deadlines and ages.
using SteadyClock = std::chrono::steady_clock;
using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace shoal
