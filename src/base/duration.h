#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

// Longer durations are refused: nobody means them, and sums with them would overflow.
inline constexpr std::chrono::hours kDurationMax{24 * 366};

// "500ms", "30s", "5m", "1h": a whole number and one unit. Zero is written with a unit too.
// Errors  invalid_argument, with the text in the message: no unit, a sign, a fraction, over a year.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration() turns back into `duration` (not negative).
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace shoal
