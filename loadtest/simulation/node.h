#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loadtest/simulation/options.h"
#include "loadtest/simulation/piece_set.h"
#include "p2p/fetcher_election.h"
#include "p2p/swarm_view.h"
#include "transfer/running_fetches.h"

namespace shoal::simulation {

inline constexpr std::uint32_t kNobody = 0xffffffff;

struct Request {
  std::uint32_t piece;
  std::uint8_t quantum;
  bool operator==(const Request&) const = default;
};

// One end of a connection between neighbours that pieces travel on.
struct Side {
  std::uint32_t owner = 0;
  std::uint32_t peer = 0;
  std::uint32_t other = 0;  // the peer's end
  std::uint32_t epoch = 0;  // how many connections there have been
  bool up = false;

  // What the owner gets from the peer.
  PieceSet has;                // the peer said it has them
  std::vector<Request> asked;  // and not answered yet, in order
  bool choked = true;
  bool interested = false;
  Time window_since{};
  std::uint64_t window_bytes = 0;
  double rate = 0;                // bytes/s, lately
  std::uint64_t round_bytes = 0;  // in this choke round

  // What the owner gives to the peer.
  std::vector<Request> wanted;
  bool unchoked = false;
  bool peer_interested = false;
  bool in_turn = false;  // in the owner's line
};

// What a daemon keeps of one download: the real policy, nothing of the simulation. Gone when the
// daemon dies.
struct Brain {
  Brain(const Digest& digest, std::uint32_t pieces, p2p::NodeId id_in, std::string endpoint,
        const p2p::ElectionOptions& options, Time now)
      : id(std::move(id_in)),
        view(digest, pieces, id, options.fetchers_max),
        election(digest, id, std::move(endpoint), options, now),
        started(now),
        last_arrival(now),
        fetching(pieces) {}
  p2p::NodeId id;
  p2p::SwarmView view;
  p2p::FetcherElection election;
  transfer::RunningFetches fetches;
  Time started;
  Time last_arrival;
  std::vector<bool> fetching;
  std::uint32_t awaited = 0;  // neighbours whose answer is still to come
  bool eligible = true;
  bool ticking = false;                      // a round of gossip is due
  std::map<std::uint32_t, p2p::NodeId> met;  // on control connections, who each node said it is
  std::map<std::uint32_t, bool> fellows;     // connections beyond neighbours; whether they stand
  // Claimed, and asked for once the others have heard of it.
  std::map<std::uint32_t, transfer::RunningFetches::Handle> hesitating;
  std::uint32_t next_fetch = 0;
};

struct Node {
  std::uint32_t first_side = 0;
  std::uint32_t sides_end = 0;
  std::uint32_t life = 0;  // how often it has died
  bool alive = false;
  std::unique_ptr<Brain> brain;

  // On disk.
  PieceSet have;
  std::vector<bool> present;  // the same, as the planner wants it
  std::uint32_t missing = 0;
  Time done_at{};

  // Of its download: asked from peers, parts that came, whom they were asked from.
  PieceSet requested;
  std::vector<std::uint32_t> came;
  std::vector<std::uint32_t> asked_of;

  // Its lines.
  std::deque<std::uint32_t> turns;  // sides with something wanted
  bool sending = false;
  std::uint32_t sending_to = 0;
  Request sending_what{};
  Span up_debt{};  // of small messages
  Time down_free{};

  std::vector<std::uint32_t> flows;  // its upstream requests
  bool has_credentials = true;
  bool hangs = false;  // its upstream requests do
  bool thinking = false;
};

}  // namespace shoal::simulation
