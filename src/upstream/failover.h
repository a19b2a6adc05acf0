#pragma once

#include <chrono>
#include <map>
#include <string>

#include "base/clocks.h"
#include "base/result.h"
#include "upstream/registry_table.h"

namespace shoal::upstream {

// Which of a registry's URLs to ask: the first one that was not out of order a moment ago.
// Thread  the reactor's.   Limits  only registries with several URLs are remembered.
class Failover {
 public:
  static constexpr std::chrono::seconds kRest{30};

  // Where all are out of order, the one that has been for longest.
  const Registry& choose(const Registry& registry, SteadyTime now) const;
  // `place`, one of the registry's, ended a request in `error`.
  // Returns  whether another place is worth a try at once.
  bool failed(const Registry& registry, const Registry& place, const Error& error, SteadyTime now);

 private:
  SteadyTime rests_until(const Registry& place) const;
  std::map<std::string, SteadyTime> resting_;  // by Registry::id
};

}  // namespace shoal::upstream
