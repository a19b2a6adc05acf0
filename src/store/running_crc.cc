#include "store/running_crc.h"

namespace shoal::store {

std::optional<std::uint32_t> RunningCrcs::begin(std::uint32_t piece, std::uint64_t at) {
  const std::scoped_lock lock(mutex_);
  Running& running = running_[piece];
  const bool alone = running.writers++ == 0;
  if (!alone || at != running.next) running.broken = true;
  if (running.broken) return std::nullopt;
  return running.crc;
}

void RunningCrcs::end(std::uint32_t piece, std::uint64_t bytes, std::optional<std::uint32_t> crc) {
  const std::scoped_lock lock(mutex_);
  Running& running = running_[piece];
  --running.writers;
  if (!crc) running.broken = true;
  if (running.broken) return;  // perhaps since another began before this ended
  running.crc = *crc;
  running.next += bytes;
}

std::optional<std::uint32_t> RunningCrcs::take(std::uint32_t piece, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  const auto found = running_.find(piece);
  if (found == running_.end()) return std::nullopt;
  const Running running = found->second;
  running_.erase(found);
  if (running.broken || running.next != bytes) return std::nullopt;
  return running.crc;
}

}  // namespace shoal::store
