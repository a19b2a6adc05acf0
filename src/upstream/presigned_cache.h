#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "base/clocks.h"
#include "base/digest.h"
#include "base/repository.h"
#include "upstream/address.h"
#include "upstream/url.h"

namespace shoal::upstream {

// Where a registry's redirect for a blob led, so that the blob's next range needs no round trip to
// the registry.   Limits  kLifetime, kEntriesMax; the oldest one makes room.
class PresignedCache {
 public:
  static constexpr std::chrono::seconds kLifetime{60};  // signatures hold for minutes at least
  static constexpr std::size_t kEntriesMax = 1024;

  struct Place {
    Place(Url url_in, AddressScope limit_in) : url(std::move(url_in)), limit(limit_in) {}
    Url url;
    AddressScope limit;
  };

  std::optional<Place> find(const Repository& repository, const Digest& digest, SteadyTime now);
  void put(const Repository& repository, const Digest& digest, Place place, SteadyTime now);
  void drop(const Repository& repository, const Digest& digest);
  std::size_t size() const { return places_.size(); }

 private:
  using Key = std::pair<Repository, Digest>;
  std::map<Key, std::pair<Place, SteadyTime>> places_;  // with the time they came
};

}  // namespace shoal::upstream
