#include "upstream/guests.h"

#include <algorithm>

namespace shoal::upstream {

void Guests::lend(const std::string& place, const RepositoryName& repository,
                  std::string authorization, SteadyTime now) {
  Key key(place, repository);
  std::vector<Lent>* lent = lent_.touch(key);
  if (lent == nullptr) lent = &lent_.put(std::move(key), {});
  std::erase_if(*lent, [&](const Lent& one) { return one.authorization == authorization; });
  if (lent->size() >= kLentMax) lent->erase(lent->begin());
  lent->emplace_back(std::move(authorization), now + kLentFor);
  if (lent_.size() > kRepositoriesMax) lent_.pop_oldest();
}

std::string Guests::find(const std::string& place, const RepositoryName& repository,
                         SteadyTime now) {
  std::vector<Lent>* lent = lent_.find(Key(place, repository));
  if (lent == nullptr) return {};
  std::erase_if(*lent, [&](const Lent& one) { return one.until <= now; });
  return lent->empty() ? std::string() : lent->back().authorization;
}

void Guests::refused(const std::string& place, const RepositoryName& repository,
                     const std::string& authorization) {
  std::vector<Lent>* lent = lent_.find(Key(place, repository));
  if (lent == nullptr) return;
  std::erase_if(*lent, [&](const Lent& one) { return one.authorization == authorization; });
}

}  // namespace shoal::upstream
