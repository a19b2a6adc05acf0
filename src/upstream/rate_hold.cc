#include "upstream/rate_hold.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace shoal::upstream {
namespace {

std::optional<double> number_in(const ResponseHead& head, std::string_view name) {
  const auto header = head.header(name);
  if (!header) return std::nullopt;
  const std::string_view text = trimmed(header->substr(0, header->find_first_of(";,")));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(number);
}

}  // namespace

void RateHold::hold(const std::string& key, std::chrono::seconds wait, SteadyTime now) {
  std::erase_if(until_, [now](const auto& each) { return each.second <= now; });
  if (until_.size() >= kHoldsMax && !until_.contains(key)) {
    until_.erase(std::min_element(until_.begin(), until_.end(), [](const auto& a, const auto& b) {
      return a.second < b.second;
    }));
  }
  until_[key] = now + std::min(wait, kHoldMax);
}

int RateHold::seconds_left(const std::string& key, SteadyTime now) const {
  const auto found = until_.find(key);
  if (found == until_.end() || found->second <= now) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(found->second - now).count());
}

RateStatus rate_status(const ResponseHead& head) {
  RateStatus status;
  status.limit = number_in(head, "ratelimit-limit");
  status.remaining = number_in(head, "ratelimit-remaining");
  return status;
}

}  // namespace shoal::upstream
