#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "upstream/response_head.h"

namespace shoal::upstream {

// Waits a registry asks for are honoured up to this; a longer one is the caller's business.
inline constexpr int kRetryAfterWaitMax_s = 10;

struct RetryOptions {
  int attempts_max = 4;
  std::chrono::milliseconds backoff_base{100};
  std::chrono::milliseconds backoff_max{3000};
};

// How long to wait before the next try, after try number `attempt` (from 1) ended in `error`.
// nullopt: give up. The wait is drawn from the upper half of the exponential step, or is what the
// registry asked for. `random_below(n)` gives a number in [0, n).
std::optional<std::chrono::milliseconds> delay_before_retry(
    const RetryOptions& options, const Error& error, int attempt,
    const std::function<std::uint64_t(std::uint64_t)>& random_below);

// A Retry-After header in seconds from `now`; 0 where it is neither a number nor a date to come.
// Limits  at most a day.   Source  RFC 9110, 10.2.3 (IMF-fixdate only).
int parse_retry_after(std::string_view header, std::chrono::system_clock::time_point now);

// The Error that a status means to our callers. `what` names the request.
Error error_of_status(const ResponseHead& head, const std::string& what);

}  // namespace shoal::upstream
