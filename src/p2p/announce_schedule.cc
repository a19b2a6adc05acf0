#include "p2p/announce_schedule.h"

#include <algorithm>
#include <array>

#include "base/random.h"

namespace shoal::p2p {

void AnnounceSchedule::add(const lt::sha1_hash& key, Urgency urgency, TimePoint now) {
  remove(key);
  // The epoch and not TimePoint::min(): timers reckon with differences, and that one overflows.
  const TimePoint due = urgency == Urgency::fresh ? TimePoint() : now;
  due_.emplace(key, due);
  queue_.emplace(due, key);
}

void AnnounceSchedule::remove(const lt::sha1_hash& key) {
  const auto found = due_.find(key);
  if (found == due_.end()) return;
  queue_.erase({found->second, key});
  due_.erase(found);
}

std::optional<lt::sha1_hash> AnnounceSchedule::next(TimePoint now) {
  if (queue_.empty() || now < allowed_at_ || now < queue_.begin()->first) return std::nullopt;
  auto node = queue_.extract(queue_.begin());
  const std::chrono::milliseconds spread = options_.period_max - options_.period_min;
  const auto jitter = random_below(static_cast<std::uint64_t>(spread.count()) + 1);
  const TimePoint due = now + options_.period_min + std::chrono::milliseconds(jitter);
  const lt::sha1_hash key = node.value().second;
  node.value().first = due;
  queue_.insert(std::move(node));
  due_[key] = due;
  allowed_at_ = now + options_.gap;
  return key;
}

std::optional<AnnounceSchedule::TimePoint> AnnounceSchedule::next_at() const {
  if (queue_.empty()) return std::nullopt;
  return std::max(allowed_at_, queue_.begin()->first);
}

std::chrono::milliseconds wait_after_lookup(unsigned lookups) {
  static constexpr std::array<int, 7> kWaitsMs{100, 200, 700, 2000, 7000, 20000, 30000};
  const std::size_t index = std::min<std::size_t>(lookups, kWaitsMs.size());
  return std::chrono::milliseconds(kWaitsMs.at(index == 0 ? 0 : index - 1));
}

}  // namespace shoal::p2p
