#include "transfer/seeds.h"

#include <chrono>
#include <utility>

namespace shoal::transfer {

void Seeds::keep(const Digest& digest, std::uint64_t size,
                 std::unique_ptr<p2p::Membership> membership, std::shared_ptr<SwarmFeed> feed) {
  const SteadyTime now = std::chrono::steady_clock::now();
  drop_idle(now);
  if (touch(digest)) return;
  seeds_.put(digest, Seed{size, std::move(membership), std::move(feed), now});
}

bool Seeds::touch(const Digest& digest) {
  Seed* seed = seeds_.touch(digest);
  if (seed == nullptr) return false;
  seed->last_wanted = std::chrono::steady_clock::now();
  return true;
}

void Seeds::drop_idle(SteadyTime now) {
  while (!seeds_.empty()) {
    const bool is_old = now - seeds_.oldest().second.last_wanted > options_.seed_idle;
    if (!is_old && seeds_.size() < options_.seeds_max) return;
    seeds_.pop_oldest();
  }
}

std::uint64_t Seeds::release(std::uint64_t bytes) {
  std::uint64_t released = 0;
  for (auto entry = seeds_.end(); entry != seeds_.begin() && released < bytes;) {
    const Seed& seed = (--entry)->second;
    if (!seed.is_idle()) continue;
    released += seed.size;
    entry = seeds_.erase(entry);
  }
  return released;
}

bool Seeds::release(const Digest& digest) {
  const Seed* seed = seeds_.find(digest);
  if (seed != nullptr && !seed->is_idle()) return false;
  seeds_.erase(digest);
  return true;
}

std::uint64_t Seeds::idle_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [digest, seed] : seeds_) bytes += seed.is_idle() ? seed.size : 0;
  return bytes;
}

void Seeds::clear() {
  seeds_.clear();
}

}  // namespace shoal::transfer
