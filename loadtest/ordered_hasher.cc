#include "loadtest/ordered_hasher.h"

namespace shoal::loadtest {

Result<void> OrderedHasher::add(std::uint64_t number, std::span<const std::byte> chunk) {
  std::unique_lock lock(mutex_);
  const bool has_changed =
      turn_changed_.wait_until(lock, deadline_, [&] { return is_stopped_ || next_ == number; });
  if (!has_changed) return fail(Errc::timeout, "an earlier chunk did not come in time");
  if (is_stopped_) return fail(Errc::canceled, "an earlier chunk failed");
  hasher_.update(chunk);
  ++next_;
  turn_changed_.notify_all();
  return {};
}

void OrderedHasher::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  turn_changed_.notify_all();
}

}  // namespace shoal::loadtest
