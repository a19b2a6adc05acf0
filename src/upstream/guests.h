#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/clocks.h"
#include "base/recency_map.h"
#include "base/repository.h"

namespace shoal::upstream {

// The authorizations that clients have lent: with them this node fetches what they asked for. They stay in
// memory, for kLentFor at most, and go to the place of the registry that granted them and to nobody
// else. Pure: no I/O, no clock.   Thread  the reactor's.
// Limits  kRepositoriesMax repositories, the one that was lent to least recently makes room; the last
//         kLentMax of each.
class Guests {
 public:
  static constexpr std::size_t kRepositoriesMax = 1024;
  static constexpr std::size_t kLentMax = 4;
  static constexpr std::chrono::minutes kLentFor{60};

  // `place`: Registry::id.
  void lend(const std::string& place, const RepositoryName& repository, std::string authorization,
            SteadyTime now);
  // The one that was lent last; empty where there is none.
  std::string find(const std::string& place, const RepositoryName& repository, SteadyTime now);
  // The registry does not take it any more.
  void refused(const std::string& place, const RepositoryName& repository,
               const std::string& authorization);

 private:
  struct Lent {
    Lent(std::string authorization_in, SteadyTime until_in)
        : authorization(std::move(authorization_in)), until(until_in) {}
    std::string authorization;
    SteadyTime until;
  };
  using Key = std::pair<std::string, RepositoryName>;

  RecencyMap<Key, std::vector<Lent>> lent_;  // the last one at the end; to lend is to use
};

}  // namespace shoal::upstream
