#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clocks.h"
#include "upstream/response_head.h"

namespace shoal::upstream {

// Remembers for how long a registry does not want to be asked, so that it is not.
// Thread  the reactor's.   Limits  kHoldsMax; the one that ends first makes room.
class RateHold {
 public:
  // A registry that says "come back tomorrow" is asked again sooner all the same: limits are raised,
  // nodes move to other addresses.
  static constexpr std::chrono::seconds kHoldMax{300};
  static constexpr std::size_t kHoldsMax = 1024;

  // `key`: what is limited.
  void hold(const std::string& key, std::chrono::seconds wait, SteadyTime now);
  // Whole seconds until it may be asked again, rounded up; 0 = now.
  int seconds_left(const std::string& key, SteadyTime now) const;

 private:
  std::map<std::string, SteadyTime> until_;
};

// What a registry says of its limit on requests: Docker Hub's headers, and those of the IETF's draft.
struct RateStatus {
  std::optional<double> limit;
  std::optional<double> remaining;
};
// "ratelimit-limit: 100;w=21600"; what is no number is passed over.
RateStatus rate_status(const ResponseHead& head);

}  // namespace shoal::upstream
