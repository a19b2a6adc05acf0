#include "transfer/running_fetches.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::transfer {

RunningFetches::Handle RunningFetches::start(p2p::Pieces pieces, p2p::Time now) {
  return running_.emplace(running_.end(), std::move(pieces), now);
}

void RunningFetches::end(Handle fetch, p2p::Time now) {
  using std::chrono::microseconds;
  const auto took = std::chrono::duration_cast<microseconds>(now - fetch->started);
  const auto took_us = static_cast<std::uint64_t>(std::max<std::int64_t>(1, took.count()));
  const std::uint64_t rate = fetch->bytes * 1'000'000 / took_us;
  // Half of it is the last request: quick to follow a line that others begin to share.
  if (rate > 0) bytes_per_second_ = bytes_per_second_ == 0 ? rate : (bytes_per_second_ + rate) / 2;
  running_.erase(fetch);
}

p2p::Pieces RunningFetches::claims_due(p2p::Time now) {
  p2p::Pieces due;
  for (Fetch& fetch : running_) {
    if (now - fetch.claimed_at < p2p::SwarmView::kClaimAgain) continue;
    if (fetch.bytes == fetch.bytes_when_claimed) continue;
    fetch.claimed_at = now;
    fetch.bytes_when_claimed = fetch.bytes;
    due.insert(due.end(), fetch.pieces.begin(), fetch.pieces.end());
  }
  return due;
}

}  // namespace shoal::transfer
