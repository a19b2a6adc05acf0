#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "p2p/types.h"

namespace shoal::p2p {

using Time = std::chrono::steady_clock::time_point;

// What we know of the others in one blob's swarm: which pieces each peer has, which members go
// upstream, what each of them is fetching. Pure bookkeeping, no I/O, no clock: time comes in as an
// argument.   Thread  not thread-safe.
class SwarmView {
 public:
  // `fetchers_max`: so many members at most go upstream for the blob, the ones with the smallest
  // hash of (digest, node).
  SwarmView(const Digest& digest, std::uint32_t piece_count, NodeId self,
            std::size_t fetchers_max = kFetchersMax);

  // --- connections that pieces travel on ---
  void peer_joined(PeerKey peer, const NodeId& node);
  void peer_left(PeerKey peer);
  void peer_has(PeerKey peer, const Pieces& pieces);
  void peer_has_all(PeerKey peer);

  // --- members that are downloading the blob too ---
  void member_joined(const NodeId& node, bool eligible, Time now);
  // What it claimed may be fetched again at once; what it had fetched, kPassedOn later, unless a peer
  // offers it by then: it has passed on most of it, maybe to others than our peers.
  void member_left(const NodeId& node, Time now);
  void member_eligible(const NodeId& node, bool eligible, Time now);
  // A claim counts until it is released, the piece is had, the member leaves, or kClaimTimeout passed
  // since it was last said. It may come before the member is introduced.
  void member_claims(const NodeId& node, const Pieces& pieces, Time now);
  void member_releases(const NodeId& node, const Pieces& pieces);
  // It has them from upstream and will pass them on, to its own neighbours first: we may not be one.
  // Counts until it is connected and says itself that it has them, or for kPassedOn after it left.
  void member_fetched(const NodeId& node, const Pieces& pieces);

  std::size_t peers() const { return peers_.size(); }
  // Peers that do not have all of it, as far as they said.
  std::size_t peers_lacking() const;
  // Whether this node is connected and has said which pieces it has.
  bool heard_from(const NodeId& node) const;
  // Members other than us that go upstream.
  std::size_t other_fetchers() const;
  bool offered(std::uint32_t piece) const { return offers_[piece] > 0 && !tainted_[piece]; }
  // By how many peers, tainted or not.
  std::uint32_t offers(std::uint32_t piece) const { return offers_[piece]; }
  // A tainted piece is neither offered nor fetched, whoever has it.
  void set_tainted(const Pieces& pieces, bool tainted);
  bool any_tainted() const { return tainted_count_ > 0; }
  bool claimed(std::uint32_t piece, Time now) const;
  // Whether a member has it from upstream, and it will come to us through the swarm.
  bool fetched(std::uint32_t piece) const;

  // Whose turn it is to fetch pieces of `group`: the fetchers, ranked by rendezvous hashing, so that
  // everybody with the same view ranks alike. Rank 0 is the owner; a member that leaves hands its
  // groups to all the others alike.
  struct Turn {
    std::uint32_t rank = 0;  // how many fetchers come before us
    Time since{};            // when the last of those joined or became eligible
  };
  Turn turn(std::uint32_t group) const;
  // Whether a member whose turn comes before ours claims the piece, which is of `group`.
  bool outranked(std::uint32_t piece, std::uint32_t group, Time now) const;
  // Whether we are one of the fetchers, if we are eligible.
  bool is_fetcher() const;

  // A member that is fetching says so every kClaimAgain as long as bytes come.
  static constexpr std::chrono::seconds kClaimTimeout{6};
  static constexpr std::chrono::seconds kClaimAgain{2};
  static constexpr std::chrono::seconds kPassedOn{2};
  static constexpr std::size_t kFetchersMax = 48;

 private:
  struct Peer {
    explicit Peer(NodeId node_in) : node(std::move(node_in)) {}
    NodeId node;
    std::vector<bool> has;                // empty until it said what it has
    std::optional<std::uint32_t> member;  // its number, once it was looked up
  };
  struct Member {
    Member(std::uint64_t seed_in, std::uint32_t number_in) : seed(seed_in), number(number_in) {}
    std::uint64_t seed;
    std::uint32_t number;  // names it in claims_
    bool eligible = false;
    Time since{};
  };
  struct Claim {
    std::uint32_t member;
    std::uint64_t seed;  // the member's
    Time said_at;        // kFetched: more than claimed
  };
  static constexpr Time kFetched = Time::min();
  static constexpr std::uint32_t kNobody = 0xffffffff;  // claims for who has left
  static bool expired(const Claim& claim, Time now) { return now - claim.said_at >= kClaimTimeout; }
  static bool counts(const Claim& claim, Time now) {
    return claim.said_at != kFetched && !expired(claim, now);
  }
  struct Fetcher {
    std::uint64_t seed;
    Time since;
  };
  Member& member(const NodeId& node);
  void drop_claim(std::uint32_t piece, std::uint32_t member);
  void drop_claim_of(Peer& peer, std::uint32_t piece);
  const std::vector<Fetcher>& fetchers() const;

  Digest digest_;
  std::uint32_t piece_count_;
  std::size_t fetchers_max_;
  std::uint64_t self_seed_;
  std::uint32_t next_number_ = 0;
  std::unordered_map<PeerKey, Peer> peers_;
  std::map<NodeId, Member> members_;
  std::vector<bool> tainted_;
  std::size_t tainted_count_ = 0;
  std::vector<std::uint32_t> offers_;       // how many peers have each piece
  std::vector<std::vector<Claim>> claims_;  // of each piece
  // Worked out anew when asked after members changed.
  mutable bool fetchers_known_ = false;
  mutable bool is_fetcher_ = true;
  mutable std::vector<Fetcher> fetchers_;  // the others
  mutable std::vector<std::optional<Turn>> turns_;
};

}  // namespace shoal::p2p
