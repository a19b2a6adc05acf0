#include "transfer/seeds.h"

#include <chrono>
#include <utility>

namespace shoal::transfer {

void Seeds::keep(const Digest& digest, std::uint64_t size,
                 std::unique_ptr<p2p::Membership> membership, std::shared_ptr<SwarmFeed> feed) {
  const SteadyTime now = std::chrono::steady_clock::now();
  drop_idle(now);
  if (touch(digest)) return;
  by_use_.push_front(digest);
  seeds_.emplace(digest, Seed{size, std::move(membership), std::move(feed), now, by_use_.begin()});
}

bool Seeds::touch(const Digest& digest) {
  const auto found = seeds_.find(digest);
  if (found == seeds_.end()) return false;
  found->second.last_wanted = std::chrono::steady_clock::now();
  by_use_.splice(by_use_.begin(), by_use_, found->second.place);
  return true;
}

void Seeds::drop(Map::iterator seed) {
  by_use_.erase(seed->second.place);
  seeds_.erase(seed);
}

void Seeds::drop_idle(SteadyTime now) {
  while (!by_use_.empty()) {
    const auto oldest = seeds_.find(by_use_.back());
    const bool is_old = now - oldest->second.last_wanted > options_.seed_idle;
    if (!is_old && seeds_.size() < options_.seeds_max) return;
    drop(oldest);
  }
}

std::uint64_t Seeds::release(std::uint64_t bytes) {
  std::uint64_t released = 0;
  for (auto place = by_use_.end(); place != by_use_.begin() && released < bytes;) {
    const auto seed = seeds_.find(*--place);
    if (!seed->second.is_idle()) continue;
    released += seed->second.size;
    ++place;
    drop(seed);
  }
  return released;
}

bool Seeds::release(const Digest& digest) {
  const auto found = seeds_.find(digest);
  if (found == seeds_.end()) return true;
  if (!found->second.is_idle()) return false;
  drop(found);
  return true;
}

std::uint64_t Seeds::idle_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [digest, seed] : seeds_) bytes += seed.is_idle() ? seed.size : 0;
  return bytes;
}

void Seeds::clear() {
  seeds_.clear();
  by_use_.clear();
}

}  // namespace shoal::transfer
