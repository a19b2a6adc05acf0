#include "upstream/retry.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace shoal::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::int64_t kRetryAfterMax_s = 24 * 3600;

bool may_pass(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::rate_limited;
}

Errc code_of_status(int status) {
  switch (status) {
    case 401:
      return Errc::unauthorized;
    case 403:
      return Errc::denied;
    case 404:
    case 410:
      return Errc::not_found;
    case 408:
      return Errc::unavailable;
    case 429:
      return Errc::rate_limited;
    default:
      return status >= 500 && status <= 599 ? Errc::unavailable : Errc::protocol;
  }
}

}  // namespace

std::optional<milliseconds> delay_before_retry(
    const RetryOptions& options, const Error& error, int attempt,
    const std::function<std::uint64_t(std::uint64_t)>& random_below) {
  if (attempt >= options.attempts_max || !may_pass(error.code)) return std::nullopt;
  if (error.retry_after_s > kRetryAfterWaitMax_s) return std::nullopt;
  if (error.retry_after_s > 0) return std::chrono::seconds(error.retry_after_s);
  const int doublings = std::min(attempt - 1, 20);
  const milliseconds step = std::min(options.backoff_base * (1 << doublings), options.backoff_max);
  const auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(step.count() / 2, 0));
  return milliseconds(static_cast<std::int64_t>(half + random_below(half + 1)));
}

int parse_retry_after(std::string_view header, system_clock::time_point now) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc() || end != header.data() + header.size()) {
    std::tm date{};
    const std::string text(header);
    const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (rest == nullptr || *rest != '\0') return 0;
    seconds = static_cast<std::int64_t>(timegm(&date) - system_clock::to_time_t(now));
  }
  return static_cast<int>(std::clamp<std::int64_t>(seconds, 0, kRetryAfterMax_s));
}

Error error_of_status(const ResponseHead& head, const std::string& what) {
  Error error;
  error.code = code_of_status(head.status);
  error.message = what + ": the registry answered " + std::to_string(head.status);
  const auto retry_after = head.header("retry-after");
  if (retry_after) error.retry_after_s = parse_retry_after(*retry_after, system_clock::now());
  return error;
}

}  // namespace shoal::upstream
