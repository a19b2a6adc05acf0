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
  entries_.put(Name{repository, key}, std::move(entry));
  if (entries_.size() > kEntriesMax) entries_.pop_oldest();
}

void AccessMemory::forget(const Repository& repository, const std::string& key) {
  entries_.erase(Name{repository, key});
}

std::optional<AccessMemory::Entry> AccessMemory::find(const Repository& repository,
                                                      const std::string& key) {
  const Entry* found = entries_.touch(Name{repository, key});
  return found == nullptr ? std::nullopt : std::optional<Entry>(*found);
}

bool AccessMemory::is_open(const Repository& repository) const {
  const Entry* found = entries_.find(Name{repository, std::string()});
  return found != nullptr && found->is_granted;
}

}  // namespace shoal::mirror
