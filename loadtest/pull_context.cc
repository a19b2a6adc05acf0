#include "loadtest/pull_context.h"

#include <fmt/format.h>

namespace shoal::loadtest {
namespace {

// As Go's url.QueryEscape does it, for the characters a registry's name may hold.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_reserved = c == ':' || c == '[' || c == ']';
    out += is_reserved ? fmt::format("%{:02X}", c) : std::string(1, c);
  }
  return out;
}

Errc code_of(int status) {
  if (status == 404) return Errc::not_found;
  if (status == 401) return Errc::unauthorized;
  if (status == 403) return Errc::denied;
  if (status == 429) return Errc::rate_limited;
  return status >= 500 ? Errc::unavailable : Errc::protocol;
}

}  // namespace

std::string PullContext::target(std::string_view kind, std::string_view reference) const {
  return fmt::format("/v2/{}/{}/{}?ns={}", options.image.repository.text(), kind, reference,
                     escaped(options.registry.text()));
}

void PullContext::count_bytes(std::uint64_t count) {
  const std::uint64_t total = received_bytes += count;
  timeline.note(std::chrono::steady_clock::now(), total);
}

void PullContext::note_first_byte() {
  SteadyTime::rep none = 0;
  first_byte_ticks.compare_exchange_strong(
      none, std::chrono::steady_clock::now().time_since_epoch().count());
}

Result<void> PullContext::require_running() const {
  if (is_stopped) return fail(Errc::canceled, "another request of this pull failed");
  return {};
}

tl::unexpected<Error> fail_status(const HttpRequest& request, int status) {
  const std::string range = request.range.empty() ? "" : " (Range: " + request.range + ")";
  return fail(code_of(status), fmt::format("{} {}{} was answered with status {}", request.method,
                                           request.target, range, status));
}

}  // namespace shoal::loadtest
