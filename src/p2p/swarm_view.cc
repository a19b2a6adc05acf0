#include "p2p/swarm_view.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::p2p {
namespace {

// The finalizer of SplitMix64: every input bit changes half of the output bits.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

SwarmView::SwarmView(const Digest& digest, std::uint32_t piece_count, NodeId self)
    : digest_(digest.text()),
      piece_count_(piece_count),
      self_(std::move(self)),
      self_seed_(seed_of(self_)),
      offers_(piece_count) {}

std::uint64_t SwarmView::seed_of(const NodeId& node) const {
  const Digest hash = hash_of(DigestAlgorithm::sha256, as_bytes(digest_ + "/" + node.text()));
  const std::string_view hex = hash.hex().substr(0, 16);
  std::uint64_t seed = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), seed, 16);
  return seed;
}

void SwarmView::peer_joined(PeerKey peer, const NodeId& node, bool eligible, Time now) {
  peer_left(peer);
  peers_.emplace(peer, Peer(node, seed_of(node), eligible, now));
}

void SwarmView::peer_left(PeerKey peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  const std::vector<bool>& has = found->second.has;
  for (std::uint32_t i = 0; i < has.size(); ++i) {
    if (has[i]) --offers_[i];
  }
  peers_.erase(found);
}

void SwarmView::peer_has(PeerKey peer, const Pieces& pieces) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  Peer& p = found->second;
  if (p.has.empty()) p.has.resize(piece_count_);
  for (const std::uint32_t piece : pieces) {
    if (piece >= piece_count_ || p.has[piece]) continue;
    p.has[piece] = true;
    p.claims.erase(piece);
    ++offers_[piece];
  }
}

void SwarmView::peer_has_all(PeerKey peer) {
  Pieces all(piece_count_);
  for (std::uint32_t i = 0; i < piece_count_; ++i) all[i] = i;
  peer_has(peer, all);
}

void SwarmView::peer_eligible(PeerKey peer, bool eligible, Time now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  found->second.introduced = true;
  if (found->second.eligible == eligible) return;
  found->second.eligible = eligible;
  found->second.since = now;
}

void SwarmView::peer_claims(PeerKey peer, const Pieces& pieces, Time now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  for (const std::uint32_t piece : pieces) {
    if (piece < piece_count_) found->second.claims[piece] = now;
  }
}

void SwarmView::peer_releases(PeerKey peer, const Pieces& pieces) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  for (const std::uint32_t piece : pieces) found->second.claims.erase(piece);
}

bool SwarmView::heard_from(const NodeId& node) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    return entry.second.node == node && entry.second.introduced && !entry.second.has.empty();
  });
}

std::size_t SwarmView::eligible_peers() const {
  return static_cast<std::size_t>(std::count_if(
      peers_.begin(), peers_.end(), [](const auto& entry) { return entry.second.eligible; }));
}

bool SwarmView::claimed(std::uint32_t piece, Time now) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto claim = entry.second.claims.find(piece);
    return claim != entry.second.claims.end() && now - claim->second < kClaimTimeout;
  });
}

SwarmView::Turn SwarmView::turn(std::uint32_t group) const {
  const std::uint64_t salt = mix(group);
  const std::uint64_t own_weight = mix(self_seed_ ^ salt);
  Turn out;
  for (const auto& [key, peer] : peers_) {
    if (!peer.eligible || mix(peer.seed ^ salt) < own_weight) continue;
    ++out.rank;
    out.since = std::max(out.since, peer.since);
  }
  return out;
}

}  // namespace shoal::p2p
