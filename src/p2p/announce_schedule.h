#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <libtorrent/sha1_hash.hpp>

namespace shoal::p2p {

// When to tell the DHT again of each of many things, at a bounded rate: each comes up once a period of
// its own, drawn anew each time so that they do not gather. Where the rate is too low for all, periods
// get longer and nobody is left out. Pure; some 200 bytes a thing.
class AnnounceSchedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::milliseconds gap;  // between two of them, at least
    std::chrono::seconds period_min;
    std::chrono::seconds period_max;
  };
  enum class Urgency { fresh, known };

  explicit AnnounceSchedule(const Options& options) : options_(options) {}

  // `fresh`: nobody knows of it yet; it comes before all that is only due. A known one waits its turn.
  // Adding again what is there makes it due.
  void add(const lt::sha1_hash& key, Urgency urgency, TimePoint now);
  void remove(const lt::sha1_hash& key);
  bool contains(const lt::sha1_hash& key) const { return due_.contains(key); }
  std::size_t size() const { return due_.size(); }

  // What to announce now, if anything; its next turn is a period away.
  std::optional<lt::sha1_hash> next(TimePoint now);
  // When next() will have something; nothing where there is nothing to announce.
  std::optional<TimePoint> next_at() const;

 private:
  Options options_;
  TimePoint allowed_at_;  // the epoch: always
  std::unordered_map<lt::sha1_hash, TimePoint> due_;
  std::set<std::pair<TimePoint, lt::sha1_hash>> queue_;
};

// How long to wait after the look-up number `lookups` (from 1) for a blob that is still wanted: so that
// they come 0, 0.1, 0.3, 1, 3, 10 and 30 s after the wish, and then every 30 s. Two that wish for the
// same blob in one instant both look before either has announced; the second look-up finds the other.
std::chrono::milliseconds wait_after_lookup(unsigned lookups);

}  // namespace shoal::p2p
