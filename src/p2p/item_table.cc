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
  if (const Item* old = items_.find(target); old != nullptr) {
    if (record.sequence < old->record.sequence) return false;
    if (record.sequence == old->record.sequence && record.value != old->record.value) return false;
    bytes_ -= old->record.value.size();
    items_.erase(target);
  }
  const std::size_t size = record.value.size();
  while (!items_.empty() && (items_.size() >= limits_.items || bytes_ + size > limits_.bytes)) {
    drop_oldest();
  }
  items_.put(target, Item{record, now});
  bytes_ += size;
  return true;
}

const SignedRecord* ItemTable::find(const lt::sha1_hash& target) const {
  const Item* found = items_.find(target);
  return found == nullptr ? nullptr : &found->record;
}

void ItemTable::expire(TimePoint now) {
  while (!items_.empty() && items_.oldest().second.heard + limits_.lifetime <= now) drop_oldest();
}

void ItemTable::drop_oldest() {
  bytes_ -= items_.oldest().second.record.value.size();
  items_.pop_oldest();
}

}  // namespace shoal::p2p
