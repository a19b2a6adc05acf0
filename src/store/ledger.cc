#include "store/ledger.h"

#include <algorithm>

namespace shoal::store {

void Ledger::count(const Blob& blob, std::int64_t sign) {
  const auto one = static_cast<std::uint64_t>(sign);
  if (blob.is_complete) {
    stats_.blobs += one;
    stats_.blob_bytes += one * blob.size;
  } else {
    stats_.partial_blobs += one;
  }
  holdings_.occupied += one * blob.occupied;
  metrics_.store_blobs.Set(static_cast<double>(stats_.blobs));
  metrics_.store_bytes.Set(static_cast<double>(stats_.blob_bytes));
  metrics_.store_partial_blobs.Set(static_cast<double>(stats_.partial_blobs));
  metrics_.store_occupied_bytes.Set(static_cast<double>(holdings_.occupied));
}

void Ledger::load(const Digest& digest, const Blob& blob) {
  const std::scoped_lock lock(mutex_);
  Item item;
  item.blob = blob;
  item.is_pinned = pins_.contains(digest);
  if (items_.emplace(digest, std::move(item)).second) count(blob, 1);
}

void Ledger::settle() {
  const std::scoped_lock lock(mutex_);
  std::vector<Items::iterator> by_use;
  by_use.reserve(items_.size());
  for (auto at = items_.begin(); at != items_.end(); ++at) by_use.push_back(at);
  std::sort(by_use.begin(), by_use.end(), [](Items::iterator a, Items::iterator b) {
    return a->second.blob.used_at < b->second.blob.used_at;
  });
  for (const Items::iterator at : by_use) queue(at);
}

void Ledger::clear() {
  const std::scoped_lock lock(mutex_);
  for (auto at = items_.begin(); at != items_.end(); ++at) {
    unqueue(at);
    count(at->second.blob, -1);
  }
  items_.clear();
  used_.clear();
}

void Ledger::put(const Digest& digest, const Blob& blob) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = items_.try_emplace(digest);
  unqueue(at);
  if (!is_new) count(at->second.blob, -1);
  at->second.blob = blob;
  if (is_new) at->second.is_pinned = pins_.contains(digest);
  count(blob, 1);
  queue(at);
}

void Ledger::remove(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end()) return;
  unqueue(at);
  count(at->second.blob, -1);
  items_.erase(at);
}

void Ledger::used(const Digest& digest, SystemTime now) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at != items_.end()) touch(at, now);
}

void Ledger::touch(Items::iterator at, SystemTime now) {
  Item& item = at->second;
  item.blob.used_at = now;
  if (!std::exchange(item.is_noted, true)) used_.push_back(at->first);
  if (item.place) at_rest_.splice(at_rest_.begin(), at_rest_, *item.place);
}

Ledger::Opening Ledger::opened(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end()) return 0;
  Item& item = at->second;
  if (item.opening == 0) item.opening = next_opening_++;
  ++item.open;
  unqueue(at);
  return item.opening;
}

void Ledger::closed(const Digest& digest, Opening opening, std::uint64_t occupied, SystemTime now) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end() || opening == 0 || at->second.opening != opening) return;
  Item& item = at->second;
  if (--item.open > 0) return;
  if (!item.blob.is_complete) {
    count(item.blob, -1);
    item.blob.occupied = occupied;
    count(item.blob, 1);
  }
  touch(at, now);
  queue(at);
}

void Ledger::queue(Items::iterator at) {
  Item& item = at->second;
  if (item.place || item.open > 0 || item.is_pinned) return;
  at_rest_.push_front(at);
  item.place = at_rest_.begin();
  holdings_.evictable += item.blob.occupied;
}

void Ledger::unqueue(Items::iterator at) {
  Item& item = at->second;
  if (!item.place) return;
  at_rest_.erase(*item.place);
  item.place.reset();
  holdings_.evictable -= item.blob.occupied;
}

void Ledger::pin(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  ++pins_[digest];
  const auto at = items_.find(digest);
  if (at == items_.end()) return;
  at->second.is_pinned = true;
  unqueue(at);
}

void Ledger::unpin(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  const auto pin = pins_.find(digest);
  if (pin == pins_.end() || --pin->second > 0) return;
  pins_.erase(pin);
  const auto at = items_.find(digest);
  if (at == items_.end()) return;
  at->second.is_pinned = false;
  queue(at);
}

std::optional<Held> Ledger::take(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end()) return std::nullopt;
  unqueue(at);
  return held(at);
}

std::optional<std::pair<Digest, Ledger::Blob>> Ledger::take_oldest(SystemTime before) {
  const std::scoped_lock lock(mutex_);
  if (at_rest_.empty()) return std::nullopt;
  const Items::iterator oldest = at_rest_.back();
  if (oldest->second.blob.used_at >= before) return std::nullopt;
  unqueue(oldest);
  return std::pair(oldest->first, oldest->second.blob);
}

void Ledger::give_back(const Digest& digest, SystemTime now) {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end()) return;
  touch(at, now);
  queue(at);
}

std::vector<std::pair<Digest, UseRecord>> Ledger::take_used() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<Digest, UseRecord>> out;
  out.reserve(used_.size());
  for (const Digest& digest : std::exchange(used_, {})) {
    const auto at = items_.find(digest);
    if (at == items_.end()) continue;
    at->second.is_noted = false;
    const Blob& blob = at->second.blob;
    if (blob.is_complete)
      out.emplace_back(digest, UseRecord{blob.used_at, blob.size, blob.occupied});
  }
  return out;
}

Held Ledger::held(Items::const_iterator at) {
  const Item& item = at->second;
  Held out(at->first);
  out.size = item.blob.size;
  out.occupied = item.blob.occupied;
  out.used_at = item.blob.used_at;
  out.is_complete = item.blob.is_complete;
  out.is_open = item.open > 0;
  out.is_pinned = item.is_pinned;
  return out;
}

std::optional<Held> Ledger::find(const Digest& digest) const {
  const std::scoped_lock lock(mutex_);
  const auto at = items_.find(digest);
  if (at == items_.end()) return std::nullopt;
  return held(at);
}

std::vector<Held> Ledger::list(const std::optional<Digest>& after, std::size_t count_max) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Held> out;
  auto at = after ? items_.upper_bound(*after) : items_.begin();
  for (; at != items_.end() && out.size() < count_max; ++at) out.push_back(held(at));
  return out;
}

std::vector<Digest> Ledger::complete() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Digest> out;
  out.reserve(stats_.blobs);
  for (const auto& [digest, item] : items_) {
    if (item.blob.is_complete) out.push_back(digest);
  }
  return out;
}

StoreStats Ledger::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

Holdings Ledger::holdings() const {
  const std::scoped_lock lock(mutex_);
  return holdings_;
}

}  // namespace shoal::store
