#include "upstream/guests.h"

#include <algorithm>

namespace shoal::upstream {

void Guests::lend(const std::string& place, const RepositoryName& repository,
                  std::string authorization, SteadyTime now) {
  const Key key(place, repository);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= kRepositoriesMax) {
      entries_.erase(by_age_.back());
      by_age_.pop_back();
    }
    by_age_.push_front(key);
    found = entries_.emplace(key, Entry()).first;
    found->second.age = by_age_.begin();
  }
  by_age_.splice(by_age_.begin(), by_age_, found->second.age);
  std::vector<Lent>& lent = found->second.lent;
  std::erase_if(lent, [&](const Lent& one) { return one.authorization == authorization; });
  if (lent.size() >= kLentMax) lent.erase(lent.begin());
  lent.emplace_back(std::move(authorization), now + kLentFor);
}

std::string Guests::find(const std::string& place, const RepositoryName& repository,
                         SteadyTime now) {
  const auto found = entries_.find(Key(place, repository));
  if (found == entries_.end()) return {};
  std::vector<Lent>& lent = found->second.lent;
  std::erase_if(lent, [&](const Lent& one) { return one.until <= now; });
  return lent.empty() ? std::string() : lent.back().authorization;
}

void Guests::refused(const std::string& place, const RepositoryName& repository,
                     const std::string& authorization) {
  const auto found = entries_.find(Key(place, repository));
  if (found == entries_.end()) return;
  std::erase_if(found->second.lent,
                [&](const Lent& one) { return one.authorization == authorization; });
}

}  // namespace shoal::upstream
