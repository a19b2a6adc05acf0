#include "p2p/dht_bootstrap.h"

#include <algorithm>
#include <utility>

#include <libtorrent/alert_types.hpp>

#include "base/random.h"

namespace shoal::p2p {
namespace {

constexpr std::chrono::milliseconds kRetryMin{100};
constexpr std::chrono::milliseconds kRetryMax{5000};
constexpr std::chrono::seconds kPoll{10};
// Now and then some are greeted although all is well: two halves of a cluster that lost each other
// would otherwise never meet again.
constexpr unsigned kRoundsBetweenGreetings = 3;
constexpr std::size_t kGreetedMax = 8;
constexpr int kWarmUpLookups = 4;

std::chrono::milliseconds retry_wait(unsigned tries) {
  return std::min(kRetryMin * (1U << std::min(tries, 6U)), kRetryMax);
}

lt::sha1_hash random_hash() {
  lt::sha1_hash out;
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random_below(256));
  return out;
}

}  // namespace

void DhtBootstrap::set_nodes(const std::set<lt::tcp::endpoint>& nodes, TimePoint now) {
  std::vector<lt::tcp::endpoint> chosen(nodes.begin(), nodes.end());
  if (chosen.size() > kNodesMax) chosen.resize(kNodesMax);
  if (chosen == known_) return;
  known_ = std::move(chosen);
  introduce(known_.size());
  tries_ = 0;
  next_ = std::min(next_, now + kRetryMin);
}

void DhtBootstrap::tick(TimePoint now) {
  nodes_ = std::exchange(counted_, 0);
  ++rounds_;
  if (nodes_ == 0) {
    introduce(known_.size());
    next_ = now + retry_wait(tries_++);
  } else {
    if (rounds_ % kRoundsBetweenGreetings == 0) introduce(kGreetedMax);
    tries_ = 0;
    next_ = now + kPoll;
  }
  session_.post_dht_stats();
}

bool DhtBootstrap::on_stats(const lt::dht_stats_alert& stats) {
  for (const auto& bucket : stats.routing_table) {
    counted_ += static_cast<std::size_t>(std::max(0, bucket.num_nodes));
  }
  const bool joined = nodes_ == 0 && counted_ > 0;
  nodes_ = std::max(nodes_, counted_);
  // A look-up makes libtorrent hear of the nodes near its target. Some at once fill the table, which
  // would otherwise take one refresh after another, five seconds apart.
  if (joined) {
    for (int i = 0; i < kWarmUpLookups; ++i) session_.dht_get_peers(random_hash());
  }
  return joined;
}

void DhtBootstrap::introduce(std::size_t nodes_max) {
  if (known_.empty()) return;
  const std::size_t first = random_below(known_.size());
  for (std::size_t i = 0; i < std::min(nodes_max, known_.size()); ++i) {
    const auto& node = known_[(first + i) % known_.size()];
    session_.add_dht_node({node.address().to_string(), node.port()});
  }
}

}  // namespace shoal::p2p
