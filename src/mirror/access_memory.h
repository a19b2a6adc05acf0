#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clocks.h"
#include "base/recency_map.h"
#include "base/repository.h"

namespace shoal::mirror {

// Whom a registry lets read a repository, as far as it was asked. A client is known by its key, a keyed
// hash of its credential; the empty key is anybody. Pure: no I/O, no clock.
// Limits  kEntriesMax; the one that was used least recently makes room.
class AccessMemory {
 public:
  static constexpr std::size_t kEntriesMax = 16 * 1024;

  struct Entry {
    SteadyTime at;  // when the registry said so
    bool is_granted = false;
    int status = 0;                       // where it is not: the registry's, and
    std::vector<std::string> challenges;  // its challenges
  };

  void grant(const Repository& repository, const std::string& key, SteadyTime at);
  void refuse(const Repository& repository, const std::string& key, int status,
              std::vector<std::string> challenges, SteadyTime at);
  void forget(const Repository& repository, const std::string& key);
  // Counts as a use.
  std::optional<Entry> find(const Repository& repository, const std::string& key);
  // Whether the registry said, however long ago, that anybody may read it.
  bool is_open(const Repository& repository) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Name {
    Repository repository;
    std::string key;
    auto operator<=>(const Name&) const = default;
  };
  void put(const Repository& repository, const std::string& key, Entry entry);

  RecencyMap<Name, Entry> entries_;
};

}  // namespace shoal::mirror
