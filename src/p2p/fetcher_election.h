#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/digest.h"
#include "p2p/swarm_view.h"
#include "p2p/types.h"

namespace shoal::p2p {

// What members tell each other of one that may go upstream. Of two words about the same node the one
// with the higher incarnation counts; of two with the same, the one that says "not eligible". Only
// the node itself raises its incarnation, so that it can answer a wrong rumour.
struct Candidate {
  Candidate(NodeId node_in, std::string endpoint_in, std::uint32_t incarnation_in, bool eligible_in)
      : node(std::move(node_in)),
        endpoint(std::move(endpoint_in)),
        incarnation(incarnation_in),
        eligible(eligible_in) {}
  NodeId node;
  std::string endpoint;  // host:port others reach it at
  std::uint32_t incarnation;
  bool eligible;  // false also: gone
};
using Candidates = std::vector<Candidate>;

struct ElectionOptions {
  std::size_t fetchers_max = SwarmView::kFetchersMax;
  // Known beyond the fetchers, so that one that goes is replaced by the next at once, and not by
  // everybody.
  std::size_t spares = 16;
  std::chrono::milliseconds gossip_every{50};
  // Fetchers start when the list has not changed for so long, in a swarm that may be larger than the
  // circle of our neighbours, and settle_max after they joined in any case.
  std::chrono::milliseconds quiet{150};
  std::chrono::milliseconds settle_max{2000};
};

// Who goes upstream for one blob in a swarm in which nobody is connected to everybody. Every member
// gossips the best candidates it knows of (smallest fetcher_rank()) to its neighbours; since only those
// pass on, all lists become the same within about log(members) / log(neighbours) rounds. Pure: no
// I/O, no clock.
//
// The engine, for each blob that it downloads:
// - constructs one when it joins the blob's swarm, and says set_mesh_partial();
// - on a control connection to a member that wants the blob too: introduced(), and sends known() there;
// - on a message of candidates: heard();
// - when such a connection ended and did not come back: lost() - not when it closed it itself;
// - when its own eligibility changes: set_eligible();
// - every gossip_every, and after heard(): sends gossip_due(), unless empty, to all neighbours;
// - takes changes() to its SwarmView: eligible -> member_joined() and member_eligible(), else
//   member_left(). They name only members it is not connected to; the others speak for themselves;
// - keeps a control connection to each of fellows() and sends its claims there as well as to its
//   neighbours; the members it finds there are neighbours in the sense of introduced();
// - starts no fetch before settled().
//
// Limits  fetchers_max + spares candidates, kGoneMax that are gone; a message longer than the list can
//         be is cut. Costs about (fetchers_max + spares) * 40 bytes to each neighbour when a swarm
//         forms, and 40 bytes for each fetcher that comes or goes.
// Thread  not thread-safe.
class FetcherElection {
 public:
  FetcherElection(const Digest& digest, NodeId self, std::string endpoint, ElectionOptions options,
                  Time now);

  // Whether the cluster has members that we are not connected to. The first of many that start
  // together cannot know better that it is not alone.
  void set_mesh_partial(bool partial) { mesh_partial_ = partial; }
  void introduced(const NodeId& node);
  void heard(const Candidates& candidates, Time now);
  void lost(const NodeId& node, Time now);
  void set_eligible(bool eligible, Time now);

  // All we would tell a new neighbour.
  Candidates known() const;
  // What is new since the last time, at most once in gossip_every.
  Candidates gossip_due(Time now);
  bool has_news() const { return !news_.empty(); }
  Candidates changes();

  // Whether so few eligible members with a smaller rank are known that we go upstream.
  bool is_fetcher() const;
  // The other fetchers, if we are one; otherwise nobody.
  Candidates fellows() const;
  bool settled(Time now) const;
  // How many members there are, from how close together the best candidates lie; exact for as many
  // as the list has room for, within some 15 % above.
  std::uint64_t members_estimate() const;
  // How many times longer than the members next in line one of our rank should wait before it goes
  // upstream though it is no fetcher: 1 for those, 2 for twice as many after them, and so on, so that
  // a large swarm whose fetchers all fail does not go upstream as one.
  std::uint32_t patience() const;

  static constexpr std::size_t kGoneMax = 256;
  static constexpr std::uint32_t kIncarnationMax = 1'000'000;

 private:
  struct Record {
    Record(Candidate candidate_in, std::uint64_t rank_in)
        : candidate(std::move(candidate_in)), rank(rank_in) {}
    Candidate candidate;
    std::uint64_t rank;
  };
  void learn(const Candidate& candidate, Time now);
  void learn_of_self(const Candidate& word, Time now);
  void insert(const Candidate& candidate, std::uint64_t rank, Time now);
  void retire(Record& record, Time now);
  void entomb(const NodeId& node);
  void offer_self(Time now);
  bool has_room_for(std::uint64_t rank) const;
  std::size_t list_max() const { return options_.fetchers_max + options_.spares; }
  void changed(const Candidate& candidate, std::size_t position, Time now);

  Digest digest_;
  ElectionOptions options_;
  Candidate self_;
  std::uint64_t self_rank_;
  Time started_;
  Time list_changed_;  // the fetchers of it
  Time gossip_next_;
  std::map<NodeId, Record> records_;      // ours too, if it is good enough
  std::map<std::uint64_t, NodeId> best_;  // the eligible ones of them, by rank
  std::deque<NodeId> gone_;               // the others, oldest first
  std::set<NodeId> neighbours_;
  bool mesh_partial_ = false;
  std::set<NodeId> news_;  // to be gossiped
  Candidates changes_;
};

}  // namespace shoal::p2p
