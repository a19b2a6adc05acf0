#include "transfer/swarm_feed.h"

#include <algorithm>
#include <utility>

namespace shoal::transfer {
namespace {

p2p::Time now() {
  return std::chrono::steady_clock::now();
}

SwarmFeed::Events no_events() {
  SwarmFeed::Events events;
  events.changed = [] {};
  events.piece_arrived = events.piece_disputed = events.piece_settled = [](std::uint32_t) {};
  events.pieces_distrusted = [](const p2p::Pieces&) {};
  return events;
}

}  // namespace

SwarmFeed::SwarmFeed(p2p::SwarmView view) : SwarmFeed(std::move(view), no_events()) {}

void SwarmFeed::retire() {
  events_ = no_events();
}

bool SwarmFeed::settled(p2p::Time at, const TransferOptions& options) const {
  const bool all_answered = asked_ && answers_ >= *asked_;
  if (!all_answered && at - joined_ <= options.discovery_max) return false;
  return std::all_of(expected_.begin(), expected_.end(), [&](const auto& entry) {
    return view_.heard_from(entry.first) || at - entry.second > options.expected_peer_max;
  });
}

void SwarmFeed::peer_joined(p2p::PeerKey peer, const p2p::NodeId& node) {
  view_.peer_joined(peer, node);
  events_.changed();
}

void SwarmFeed::peer_left(p2p::PeerKey peer) {
  view_.peer_left(peer);
  events_.changed();
}

void SwarmFeed::peer_has(p2p::PeerKey peer, const p2p::Pieces& pieces) {
  view_.peer_has(peer, pieces);
  forget_who_came();
  events_.changed();
}

void SwarmFeed::peer_has_all(p2p::PeerKey peer) {
  view_.peer_has_all(peer);
  forget_who_came();
  events_.changed();
}

// Who came is not waited for again when it leaves, or is banned.
void SwarmFeed::forget_who_came() {
  std::erase_if(expected_, [this](const auto& entry) { return view_.heard_from(entry.first); });
}

void SwarmFeed::member_joined(const p2p::NodeId& node, bool eligible) {
  view_.member_joined(node, eligible, now());
  events_.changed();
}

void SwarmFeed::member_left(const p2p::NodeId& node) {
  view_.member_left(node, now());
  expected_.erase(node);
  events_.changed();
}

void SwarmFeed::member_eligible(const p2p::NodeId& node, bool eligible) {
  view_.member_eligible(node, eligible, now());
  events_.changed();
}

void SwarmFeed::member_claims(const p2p::NodeId& node, const p2p::Pieces& pieces) {
  view_.member_claims(node, pieces, now());
}

void SwarmFeed::member_releases(const p2p::NodeId& node, const p2p::Pieces& pieces) {
  view_.member_releases(node, pieces);
  events_.changed();
}

void SwarmFeed::piece_arrived(std::uint32_t piece) {
  events_.piece_arrived(piece);
}

void SwarmFeed::piece_disputed(std::uint32_t piece) {
  events_.piece_disputed(piece);
}

void SwarmFeed::piece_settled(std::uint32_t piece) {
  events_.piece_settled(piece);
}

void SwarmFeed::pieces_tainted(const p2p::Pieces& pieces, bool tainted) {
  view_.set_tainted(pieces, tainted);
  events_.changed();
}

void SwarmFeed::peers_expected(const std::vector<p2p::NodeId>& nodes) {
  for (const p2p::NodeId& node : nodes) expected_.emplace(node, now());
}

void SwarmFeed::pieces_distrusted(const p2p::Pieces& pieces) {
  events_.pieces_distrusted(pieces);
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
