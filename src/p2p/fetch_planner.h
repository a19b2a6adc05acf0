#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "p2p/swarm_view.h"
#include "p2p/types.h"
#include "store/piece_layout.h"

namespace shoal::p2p {

struct FetchPolicy {
  // Ownership is decided per group of pieces of about this many bytes, so that requests are not too
  // small where pieces are.
  std::uint64_t group_bytes = 512 * 1024;
  // How many requests run side by side: alone, and the fewest in a swarm, whose members' requests add
  // up. Two, so that the line is busy while one of them is between two pieces.
  std::uint32_t slots_alone = 4;
  std::uint32_t slots_min = 2;
  // One request's length: alone, and in a swarm where others wait for each piece.
  std::uint64_t run_bytes_max = 16 * 1024 * 1024;
  std::uint64_t shared_run_bytes_max = 1024 * 1024;
  // A request shall take about so long, so that its pieces soon travel on; alone too, since a node
  // that begins a moment before all others must not have claimed half of the blob when they come.
  std::chrono::milliseconds run_time{500};
  // How many groups near the front are worked on before others, for each fetcher: with two, few find
  // none of theirs among them.
  std::uint32_t window_groups_each = 2;
  // How long a group stays its owner's before the idle member next in rank may take it; the one after
  // that waits twice as long, and so on, so that no two take the same.
  std::chrono::milliseconds steal_after{1000};
  // The same where a reader has been waiting for the piece for so long.
  std::chrono::milliseconds urgent_steal_after{1000};
  // How long a claim may take to reach the others, on a busy machine too; and at most, where requests
  // are slow. There lines are full, and a claim waits in their queues or is lost and sent again. An
  // eighth of a request's time is waited.
  std::chrono::milliseconds claim_travels{50};
  std::chrono::milliseconds claim_travels_max{300};
  // Without a single piece from peers for so long, what they offer is fetched from upstream.
  std::chrono::milliseconds stall_after{8000};
};

// A missing piece that a reader waits for.
struct UrgentPiece {
  UrgentPiece(std::uint32_t piece_in, Time since_in) : piece(piece_in), since(since_in) {}
  std::uint32_t piece;
  Time since;  // when the first of them began to wait
};

// Decides which pieces this node asks upstream for next. Pure: no I/O, no clock.
//
// 1. Pieces that a reader waits for, if they are ours, or nobody has taken them up in time.
// 2. Of the groups near the front that nobody has taken up yet (the window): the first that is ours
//    by rendezvous hashing, else the one in which we are next in rank. So the front moves on evenly,
//    which readers wait for, and a slow or dead owner does not hold everybody up.
// 3. Groups of ours further on.
// A piece that a peer offers is left to the swarm, unless the swarm has stalled. A node that is not
// one of the fetchers goes upstream only then.
class FetchPlanner {
 public:
  FetchPlanner(const store::PieceLayout& layout, FetchPolicy policy);

  struct State {
    State(const SwarmView& view_in, const std::vector<bool>& have_in,
          const std::vector<bool>& fetching_in, const std::vector<UrgentPiece>& urgent_in)
        : view(view_in), have(have_in), fetching(fetching_in), urgent(urgent_in) {}
    const SwarmView& view;
    const std::vector<bool>& have;           // present here
    const std::vector<bool>& fetching;       // in one of our own requests
    const std::vector<UrgentPiece>& urgent;  // most wanted first
    Time now{};
    Time last_arrival{};  // of a piece from a peer, or when the download began
    std::uint64_t request_bytes_per_second = 0;  // of one request, lately; 0 = not known yet
    std::uint32_t patience = 1;  // so many times stall_after; see FetcherElection::patience()
  };

  // How many requests may run side by side.
  std::uint32_t slots(const SwarmView& view) const;
  // Returns  consecutive pieces for one request; empty = nothing to do now.
  Pieces next(const State& state) const;
  // How long to wait between claiming these and asking for them: others whose turn comes before ours
  // may claim them in the same moment. `request_bytes_per_second` as in State.
  std::chrono::milliseconds hesitation(const SwarmView& view, const Pieces& run,
                                       std::uint64_t request_bytes_per_second) const;
  // How many of these pieces peers offer. Where it grows while we hesitate, somebody was faster.
  static std::size_t offered(const SwarmView& view, const Pieces& run);
  // Whether somebody did: then they are left to it.
  bool outranked(const SwarmView& view, const Pieces& run, Time now) const;

 private:
  bool stalled(const State& state) const;
  bool fetchable(const State& state, std::uint32_t piece) const;
  bool may_take(const State& state, std::uint32_t piece, Time since,
                std::chrono::milliseconds patience) const;
  bool owned(const SwarmView& view, std::uint32_t piece) const;
  std::uint64_t run_bytes_max(const State& state, std::uint32_t first) const;
  Pieces run_from(const State& state, std::uint32_t first) const;
  std::optional<std::uint32_t> best_in_window(const State& state) const;
  std::optional<std::uint32_t> first_owned(const State& state) const;
  std::uint32_t group_of(std::uint32_t piece) const { return piece / pieces_per_group_; }

  store::PieceLayout layout_;
  FetchPolicy policy_;
  std::uint32_t pieces_per_group_;
};

}  // namespace shoal::p2p
