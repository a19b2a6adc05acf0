#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "p2p/swarm_view.h"
#include "p2p/types.h"
#include "store/piece_layout.h"

namespace shoal::p2p {

struct FetchPolicy {
  // Ownership is decided per group of pieces of about this many bytes, so that requests are not too
  // small where pieces are.
  std::uint64_t group_bytes = 512 * 1024;
  // One request's length: alone, and in a swarm where others wait for each piece.
  std::uint64_t run_bytes_max = 16 * 1024 * 1024;
  std::uint64_t shared_run_bytes_max = 1024 * 1024;
  // How long a group stays its owner's before the idle member next in rank may take it; the one after
  // that waits twice as long, and so on, so that no two take the same.
  std::chrono::milliseconds steal_after{1000};
  // The same where a reader is waiting for the piece.
  std::chrono::milliseconds urgent_steal_after{500};
  // Without a single piece from peers for so long, what they offer is fetched from upstream.
  std::chrono::milliseconds stall_after{8000};
};

// Decides which pieces this node asks upstream for next. Pure: no I/O, no clock.
//
// 1. Pieces that a reader waits for, if they are ours, or nobody has taken them up in time.
// 2. Groups that are ours by rendezvous hashing, from the front of the blob.
// 3. When none of ours are left: groups of others that nobody has claimed (work stealing), so that a
//    slow or dead owner does not hold everybody up. From the back of the blob, since owners come from
//    the front.
// A piece that a peer offers is left to the swarm, unless the swarm has stalled.
class FetchPlanner {
 public:
  FetchPlanner(const store::PieceLayout& layout, FetchPolicy policy);

  struct State {
    State(const SwarmView& view_in, const std::vector<bool>& have_in,
          const std::vector<bool>& fetching_in, const Pieces& urgent_in)
        : view(view_in), have(have_in), fetching(fetching_in), urgent(urgent_in) {}
    const SwarmView& view;
    const std::vector<bool>& have;      // present here
    const std::vector<bool>& fetching;  // in one of our own requests
    const Pieces& urgent;               // missing ones that readers wait for, most wanted first
    Time now{};
    Time last_arrival{};      // when the last piece came from a peer, or the download began
    std::uint32_t slots = 4;  // how many requests run side by side
  };

  // Returns  consecutive pieces for one request; empty = nothing to do now.
  Pieces next(const State& state) const;

 private:
  bool fetchable(const State& state, std::uint32_t piece) const;
  bool may_take(const State& state, std::uint32_t piece, bool urgent) const;
  Pieces run_from(const State& state, std::uint32_t first, bool own_only) const;
  Pieces steal(const State& state) const;
  std::uint32_t group_of(std::uint32_t piece) const { return piece / pieces_per_group_; }

  store::PieceLayout layout_;
  FetchPolicy policy_;
  std::uint32_t pieces_per_group_;
};

}  // namespace shoal::p2p
