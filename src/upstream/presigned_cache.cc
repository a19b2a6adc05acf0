#include "upstream/presigned_cache.h"

#include <algorithm>

namespace shoal::upstream {

std::optional<PresignedCache::Place> PresignedCache::find(const Repository& repository,
                                                          const Digest& digest, SteadyTime now) {
  const auto found = places_.find(Key(repository, digest));
  if (found == places_.end()) return std::nullopt;
  if (now - found->second.second >= kLifetime) {
    places_.erase(found);
    return std::nullopt;
  }
  return found->second.first;
}

void PresignedCache::put(const Repository& repository, const Digest& digest, Place place,
                         SteadyTime now) {
  if (places_.size() >= kEntriesMax) {
    places_.erase(std::min_element(
        places_.begin(), places_.end(),
        [](const auto& a, const auto& b) { return a.second.second < b.second.second; }));
  }
  places_.insert_or_assign(Key(repository, digest), std::make_pair(std::move(place), now));
}

void PresignedCache::drop(const Repository& repository, const Digest& digest) {
  places_.erase(Key(repository, digest));
}

}  // namespace shoal::upstream
