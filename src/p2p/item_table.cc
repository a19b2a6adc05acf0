#include "p2p/item_table.h"

namespace shoal::p2p {

ItemTable::ItemTable(const lt::dht::public_key& cluster) : ItemTable(cluster, Limits()) {}

ItemTable::ItemTable(const lt::dht::public_key& cluster, const Limits& limits)
    : cluster_(cluster), limits_(limits) {}

bool ItemTable::put(const lt::dht::public_key& key, const SignedRecord& record, TimePoint now) {
  using std::chrono::system_clock;
  const auto latest = std::chrono::duration_cast<std::chrono::milliseconds>(
      system_clock::now().time_since_epoch() + limits_.ahead_max);
  if (!(key == cluster_) || record.value.size() > kRecordBytesMax ||
      record.sequence > latest.count()) {
    return false;
  }
  const lt::sha1_hash target = record_target(record.salt, key);
  if (const auto old = items_.find(target); old != items_.end()) {
    const SignedRecord& kept = old->second.record;
    if (record.sequence < kept.sequence) return false;
    if (record.sequence == kept.sequence) {
      if (record.value != kept.value) return false;
      old->second.heard = now;
      by_age_.splice(by_age_.end(), by_age_, old->second.age);
      return true;
    }
    drop(old);
  }
  const std::size_t size = record.value.size();
  while (!items_.empty() && (items_.size() >= limits_.items || bytes_ + size > limits_.bytes)) {
    drop(items_.find(by_age_.front()));
  }
  items_.emplace(target, Item{record, now, by_age_.insert(by_age_.end(), target)});
  bytes_ += size;
  return true;
}

const SignedRecord* ItemTable::find(const lt::sha1_hash& target) const {
  const auto found = items_.find(target);
  return found == items_.end() ? nullptr : &found->second.record;
}

void ItemTable::expire(TimePoint now) {
  while (!items_.empty()) {
    const auto oldest = items_.find(by_age_.front());
    if (oldest->second.heard + limits_.lifetime > now) return;
    drop(oldest);
  }
}

void ItemTable::drop(Items::iterator item) {
  bytes_ -= item->second.record.value.size();
  by_age_.erase(item->second.age);
  items_.erase(item);
}

}  // namespace shoal::p2p
