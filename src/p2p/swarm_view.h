#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "p2p/types.h"

namespace shoal::p2p {

using Time = std::chrono::steady_clock::time_point;

// What we know of the other members of one blob's swarm: what each has, what each is fetching, who
// goes upstream. Pure bookkeeping, no I/O, no clock: time comes in as an argument.
// Thread  not thread-safe.
class SwarmView {
 public:
  SwarmView(const Digest& digest, std::uint32_t piece_count, NodeId self);

  void peer_joined(PeerKey peer, const NodeId& node, bool eligible, Time now);
  void peer_left(PeerKey peer);
  void peer_has(PeerKey peer, const Pieces& pieces);
  void peer_has_all(PeerKey peer);
  void peer_eligible(PeerKey peer, bool eligible, Time now);
  // A claim counts until it is released, the piece is had, the peer leaves, or kClaimTimeout passed.
  void peer_claims(PeerKey peer, const Pieces& pieces, Time now);
  void peer_releases(PeerKey peer, const Pieces& pieces);

  std::size_t peers() const { return peers_.size(); }
  // Whether this member is connected and has introduced itself: said which pieces it has, then what
  // it is fetching, then whether it is eligible.
  bool heard_from(const NodeId& node) const;
  std::size_t eligible_peers() const;
  bool offered(std::uint32_t piece) const { return offers_[piece] > 0; }
  bool claimed(std::uint32_t piece, Time now) const;

  // Whose turn it is to fetch pieces of `group`: the eligible members and us, ranked by rendezvous
  // hashing, so that everybody with the same view ranks alike. Rank 0 is the owner; a member that
  // leaves hands its groups to all the others alike.
  struct Turn {
    std::uint32_t rank = 0;  // how many members come before us
    Time since{};            // when the last of those joined or became eligible
  };
  Turn turn(std::uint32_t group) const;

  static constexpr std::chrono::seconds kClaimTimeout{10};

 private:
  struct Peer {
    Peer(NodeId node_in, std::uint64_t seed_in, bool eligible_in, Time since_in)
        : node(std::move(node_in)), seed(seed_in), eligible(eligible_in), since(since_in) {}
    NodeId node;
    std::uint64_t seed;
    bool eligible;
    Time since;
    bool introduced = false;
    std::vector<bool> has;  // empty until it said what it has
    std::map<std::uint32_t, Time> claims;
  };
  std::uint64_t seed_of(const NodeId& node) const;

  std::string digest_;
  std::uint32_t piece_count_;
  NodeId self_;
  std::uint64_t self_seed_;
  std::map<PeerKey, Peer> peers_;
  std::vector<std::uint32_t> offers_;  // how many peers have each piece
};

}  // namespace shoal::p2p
