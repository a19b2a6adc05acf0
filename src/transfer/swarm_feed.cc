#include "transfer/swarm_feed.h"

#include <algorithm>

namespace shoal::transfer {
namespace {

p2p::Time now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

bool SwarmFeed::settled(p2p::Time at, const TransferOptions& options) const {
  const bool all_answered = asked_ && answers_ >= *asked_;
  if (!all_answered && at - joined_ <= options.discovery_max) return false;
  return std::all_of(expected_.begin(), expected_.end(), [&](const auto& entry) {
    return view_.heard_from(entry.first) || at - entry.second > options.expected_peer_max;
  });
}

void SwarmFeed::peer_joined(p2p::PeerKey peer, const p2p::NodeId& node, bool eligible) {
  view_.peer_joined(peer, node, eligible, now());
  events_.changed();
}

void SwarmFeed::peer_left(p2p::PeerKey peer) {
  view_.peer_left(peer);
  events_.changed();
}

void SwarmFeed::peer_has(p2p::PeerKey peer, const p2p::Pieces& pieces) {
  view_.peer_has(peer, pieces);
  events_.changed();
}

void SwarmFeed::peer_has_all(p2p::PeerKey peer) {
  view_.peer_has_all(peer);
  events_.changed();
}

void SwarmFeed::peer_eligible(p2p::PeerKey peer, bool eligible) {
  view_.peer_eligible(peer, eligible, now());
  events_.changed();
}

void SwarmFeed::peer_claims(p2p::PeerKey peer, const p2p::Pieces& pieces) {
  view_.peer_claims(peer, pieces, now());
}

void SwarmFeed::peer_releases(p2p::PeerKey peer, const p2p::Pieces& pieces) {
  view_.peer_releases(peer, pieces);
  events_.changed();
}

void SwarmFeed::piece_arrived(std::uint32_t piece) {
  events_.piece_arrived(piece);
}

void SwarmFeed::members_asked(std::size_t members) {
  asked_ = members;
  events_.changed();
}

void SwarmFeed::member_answered(const p2p::NodeId& node, p2p::Holding holding) {
  ++answers_;
  if (holding != p2p::Holding::none) expected_.emplace(node, now());
  events_.changed();
}

}  // namespace shoal::transfer
