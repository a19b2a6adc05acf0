#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"

namespace shoal::upstream {

// What a registry answered for a tag, with the entity tag it gave for it: shown to the registry again,
// it answers "not modified" in place of the whole, which costs neither bytes nor, as a rule, any of a
// limit on pulls. Matters where HEAD does not tell the digest.
// Thread  the reactor's.   Limits  kEntriesMax, kKeyBytesMax, kEntityTagBytesMax; any one makes room.
class TagMemory {
 public:
  static constexpr std::size_t kEntriesMax = 4096;
  static constexpr std::size_t kKeyBytesMax =
      2048;  // holds an Accept header, which is the client's
  static constexpr std::size_t kEntityTagBytesMax = 256;

  struct Entry {
    Entry(std::string entity_tag_in, Descriptor descriptor_in)
        : entity_tag(std::move(entity_tag_in)), descriptor(std::move(descriptor_in)) {}
    std::string entity_tag;
    Descriptor descriptor;
  };

  // Not kept: weak and malformed entity tags, as manifests are their exact bytes; longer keys.
  void put(const std::string& key, Entry entry);
  std::optional<Entry> find(const std::string& key) const;

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace shoal::upstream
