#include "p2p/swarm_view.h"

#include <algorithm>
#include <numeric>

#include "p2p/fetcher_rank.h"

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

SwarmView::SwarmView(const Digest& digest, std::uint32_t piece_count, NodeId self,
                     std::size_t fetchers_max)
    : digest_(digest),
      piece_count_(piece_count),
      fetchers_max_(fetchers_max),
      self_seed_(fetcher_rank(digest, self)),
      tainted_(piece_count),
      offers_(piece_count),
      claims_(piece_count) {}

void SwarmView::peer_joined(PeerKey peer, const NodeId& node) {
  peer_left(peer);
  peers_.emplace(peer, Peer(node));
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
    ++offers_[piece];
    if (!claims_[piece].empty()) drop_claim_of(p, piece);
  }
}

void SwarmView::peer_has_all(PeerKey peer) {
  Pieces all(piece_count_);
  std::iota(all.begin(), all.end(), 0U);
  peer_has(peer, all);
}

void SwarmView::set_tainted(const Pieces& pieces, bool tainted) {
  for (const std::uint32_t piece : pieces) {
    if (piece >= piece_count_ || tainted_[piece] == tainted) continue;
    tainted_[piece] = tainted;
    if (tainted) {
      ++tainted_count_;
    } else {
      --tainted_count_;
    }
  }
}

SwarmView::Member& SwarmView::member(const NodeId& node) {
  const auto found = members_.find(node);
  if (found != members_.end()) return found->second;
  return members_.emplace(node, Member(fetcher_rank(digest_, node), next_number_++)).first->second;
}

void SwarmView::member_joined(const NodeId& node, bool eligible, Time now) {
  member(node);
  member_eligible(node, eligible, now);
}

void SwarmView::member_left(const NodeId& node, Time now) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  const std::uint32_t number = found->second.number;
  for (std::vector<Claim>& claims : claims_) {
    for (Claim& claim : claims) {
      if (claim.member == number && claim.said_at == kFetched)
        claim = Claim{kNobody, claim.seed, now - kClaimTimeout + kPassedOn};
    }
    std::erase_if(claims, [&](const Claim& claim) {
      return claim.member == number || (claim.member == kNobody && expired(claim, now));
    });
  }
  for (auto& [key, peer] : peers_) {
    if (peer.node == node) peer.member.reset();
  }
  members_.erase(found);
  fetchers_known_ = false;
}

void SwarmView::member_eligible(const NodeId& node, bool eligible, Time now) {
  const auto found = members_.find(node);
  if (found == members_.end() || found->second.eligible == eligible) return;
  found->second.eligible = eligible;
  found->second.since = now;
  fetchers_known_ = false;
}

void SwarmView::member_claims(const NodeId& node, const Pieces& pieces, Time now) {
  const Member& claimant = member(node);
  for (const std::uint32_t piece : pieces) {
    if (piece >= piece_count_) continue;
    drop_claim(piece, claimant.number);
    claims_[piece].push_back(Claim{claimant.number, claimant.seed, now});
  }
}

void SwarmView::member_releases(const NodeId& node, const Pieces& pieces) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  for (const std::uint32_t piece : pieces) {
    if (piece < piece_count_) drop_claim(piece, found->second.number);
  }
}

void SwarmView::member_fetched(const NodeId& node, const Pieces& pieces) {
  member_claims(node, pieces, kFetched);
}

void SwarmView::drop_claim(std::uint32_t piece, std::uint32_t member) {
  std::erase_if(claims_[piece], [&](const Claim& claim) { return claim.member == member; });
}

void SwarmView::drop_claim_of(Peer& peer, std::uint32_t piece) {
  if (!peer.member) {
    const auto found = members_.find(peer.node);
    if (found == members_.end()) return;
    peer.member = found->second.number;
  }
  drop_claim(piece, *peer.member);
}

std::size_t SwarmView::peers_lacking() const {
  return static_cast<std::size_t>(
      std::count_if(peers_.begin(), peers_.end(), [](const auto& entry) {
        const std::vector<bool>& has = entry.second.has;
        return has.empty() || std::find(has.begin(), has.end(), false) != has.end();
      }));
}

bool SwarmView::heard_from(const NodeId& node) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    return entry.second.node == node && !entry.second.has.empty();
  });
}

bool SwarmView::claimed(std::uint32_t piece, Time now) const {
  const std::vector<Claim>& claims = claims_[piece];
  return std::any_of(claims.begin(), claims.end(),
                     [&](const Claim& claim) { return counts(claim, now); });
}

bool SwarmView::fetched(std::uint32_t piece) const {
  if (tainted_[piece]) return false;
  const std::vector<Claim>& claims = claims_[piece];
  return std::any_of(claims.begin(), claims.end(),
                     [](const Claim& claim) { return claim.said_at == kFetched; });
}

const std::vector<SwarmView::Fetcher>& SwarmView::fetchers() const {
  if (fetchers_known_) return fetchers_;
  fetchers_.clear();
  turns_.clear();
  for (const auto& [node, member] : members_) {
    if (member.eligible) fetchers_.push_back(Fetcher{member.seed, member.since});
  }
  const auto by_seed = [](const Fetcher& a, const Fetcher& b) { return a.seed < b.seed; };
  std::sort(fetchers_.begin(), fetchers_.end(), by_seed);
  const auto before_us = static_cast<std::size_t>(
      std::lower_bound(fetchers_.begin(), fetchers_.end(), Fetcher{self_seed_, Time{}}, by_seed) -
      fetchers_.begin());
  is_fetcher_ = before_us < fetchers_max_;
  const std::size_t others_max = is_fetcher_ ? fetchers_max_ - 1 : fetchers_max_;
  if (fetchers_.size() > others_max) fetchers_.resize(others_max);
  fetchers_known_ = true;
  return fetchers_;
}

std::size_t SwarmView::other_fetchers() const {
  return fetchers().size();
}

bool SwarmView::is_fetcher() const {
  fetchers();
  return is_fetcher_;
}

bool SwarmView::outranked(std::uint32_t piece, std::uint32_t group, Time now) const {
  const std::uint64_t salt = mix(group);
  const std::uint64_t own_weight = mix(self_seed_ ^ salt);
  const std::vector<Claim>& claims = claims_[piece];
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    return counts(claim, now) && mix(claim.seed ^ salt) > own_weight;
  });
}

SwarmView::Turn SwarmView::turn(std::uint32_t group) const {
  const std::vector<Fetcher>& others = fetchers();
  if (group >= turns_.size()) turns_.resize(group + 1);
  if (turns_[group]) return *turns_[group];
  const std::uint64_t salt = mix(group);
  const std::uint64_t own_weight = mix(self_seed_ ^ salt);
  Turn out;
  for (const Fetcher& fetcher : others) {
    if (mix(fetcher.seed ^ salt) < own_weight) continue;
    ++out.rank;
    out.since = std::max(out.since, fetcher.since);
  }
  turns_[group] = out;
  return out;
}

}  // namespace shoal::p2p
