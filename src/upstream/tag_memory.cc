#include "upstream/tag_memory.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/random.h"

namespace shoal::upstream {
namespace {

bool is_strong(std::string_view tag) {
  return tag.size() >= 2 && tag.size() <= TagMemory::kEntityTagBytesMax && tag.front() == '"' &&
         tag.back() == '"' && std::all_of(tag.begin() + 1, tag.end() - 1, [](char c) {
           return c > ' ' && c < 0x7f && c != '"';
         });
}

}  // namespace

void TagMemory::put(const std::string& key, Entry entry) {
  if (key.size() > kKeyBytesMax || !is_strong(entry.entity_tag)) return;
  if (entries_.size() >= kEntriesMax && !entries_.contains(key)) {
    entries_.erase(
        std::next(entries_.begin(), static_cast<std::ptrdiff_t>(random_below(entries_.size()))));
  }
  entries_.insert_or_assign(key, std::move(entry));
}

std::optional<TagMemory::Entry> TagMemory::find(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

}  // namespace shoal::upstream
