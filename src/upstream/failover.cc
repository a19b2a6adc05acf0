#include "upstream/failover.h"

namespace shoal::upstream {
namespace {

// Whether the error is about the place, not about what was asked of it.
bool is_of_the_place(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::protocol ||
         code == Errc::rate_limited;
}

}  // namespace

SteadyTime Failover::rests_until(const Registry& place) const {
  const auto found = resting_.find(place.id);
  return found == resting_.end() ? SteadyTime::min() : found->second;
}

const Registry& Failover::choose(const Registry& registry, SteadyTime now) const {
  const Registry* best = &registry;
  for (const Registry& fallback : registry.fallbacks) {
    if (rests_until(*best) <= now) break;
    if (rests_until(fallback) < rests_until(*best)) best = &fallback;
  }
  return *best;
}

bool Failover::failed(const Registry& registry, const Registry& place, const Error& error,
                      SteadyTime now) {
  if (registry.fallbacks.empty() || !is_of_the_place(error.code)) return false;
  resting_[place.id] = now + kRest;
  return rests_until(choose(registry, now)) <= now;
}

}  // namespace shoal::upstream
