#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <map>
#include <utility>

namespace shoal {

// A map that knows in which order its entries were used, for what keeps a bounded number of things and lets
// the one go that was used longest ago. Entries stay where they are in memory until they are erased. Its
// user bounds it: with size() and pop_oldest().   Thread  one at a time.
template <typename Key, typename Value>
class RecencyMap {
 public:
  using Entry = std::pair<const Key, Value>;
  using iterator = typename std::list<Entry>::iterator;
  using const_iterator = typename std::list<Entry>::const_iterator;

  // The most recently used first.
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }

  // nullptr where there is none; not a use.
  Value* find(const Key& key) {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->second;
  }
  const Value* find(const Key& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->second;
  }
  // The same as a use.
  Value* touch(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  // A use. What stood under the key goes.
  Value& put(Key key, Value value) {
    erase(key);
    entries_.emplace_front(std::move(key), std::move(value));
    places_.emplace(entries_.front().first, entries_.begin());
    return entries_.front().second;
  }

  // Requires  !empty().
  Entry& oldest() { return entries_.back(); }
  void pop_oldest() { erase(std::prev(entries_.end())); }

  void erase(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    const iterator entry = found->second;
    places_.erase(found);
    entries_.erase(entry);
  }
  // Returns  the entry after it.
  iterator erase(iterator entry) {
    places_.erase(entry->first);
    return entries_.erase(entry);
  }
  void clear() {
    places_.clear();
    entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

 private:
  std::list<Entry> entries_;
  std::map<Key, iterator> places_;
};

}  // namespace shoal
