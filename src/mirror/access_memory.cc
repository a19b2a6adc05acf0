#include "mirror/access_memory.h"

#include <utility>

namespace shoal::mirror {

void AccessMemory::grant(const Repository& repository, const std::string& key, SteadyTime at) {
  Entry entry;
  entry.at = at;
  entry.is_granted = true;
  put(repository, key, std::move(entry));
}

void AccessMemory::refuse(const Repository& repository, const std::string& key, int status,
                          std::vector<std::string> challenges, SteadyTime at) {
  Entry entry;
  entry.at = at;
  entry.status = status;
  entry.challenges = std::move(challenges);
  put(repository, key, std::move(entry));
}

void AccessMemory::put(const Repository& repository, const std::string& key, Entry entry) {
  const Name name{repository, key};
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    if (entries_.size() >= kEntriesMax) {
      entries_.erase(by_use_.back());
      by_use_.pop_back();
    }
    by_use_.push_front(name);
    found = entries_.emplace(name, Held()).first;
    found->second.use = by_use_.begin();
  }
  by_use_.splice(by_use_.begin(), by_use_, found->second.use);
  found->second.entry = std::move(entry);
}

void AccessMemory::forget(const Repository& repository, const std::string& key) {
  const auto found = entries_.find(Name{repository, key});
  if (found == entries_.end()) return;
  by_use_.erase(found->second.use);
  entries_.erase(found);
}

std::optional<AccessMemory::Entry> AccessMemory::find(const Repository& repository,
                                                      const std::string& key) {
  const auto found = entries_.find(Name{repository, key});
  if (found == entries_.end()) return std::nullopt;
  by_use_.splice(by_use_.begin(), by_use_, found->second.use);
  return found->second.entry;
}

bool AccessMemory::is_open(const Repository& repository) const {
  const auto found = entries_.find(Name{repository, std::string()});
  return found != entries_.end() && found->second.entry.is_granted;
}

}  // namespace shoal::mirror
