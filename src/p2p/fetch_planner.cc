#include "p2p/fetch_planner.h"

#include <algorithm>

namespace shoal::p2p {

FetchPlanner::FetchPlanner(const store::PieceLayout& layout, FetchPolicy policy)
    : layout_(layout),
      policy_(policy),
      pieces_per_group_(static_cast<std::uint32_t>(
          std::max<std::uint64_t>(1, policy.group_bytes / layout.piece_bytes()))) {}

bool FetchPlanner::fetchable(const State& state, std::uint32_t piece) const {
  if (state.have[piece] || state.fetching[piece]) return false;
  const bool stalled = state.now - state.last_arrival > policy_.stall_after;
  if (state.view.offered(piece) && !stalled) return false;
  return !state.view.claimed(piece, state.now);
}

bool FetchPlanner::may_take(const State& state, std::uint32_t piece, bool urgent) const {
  if (!fetchable(state, piece)) return false;
  const SwarmView::Turn turn = state.view.turn(group_of(piece));
  return state.now - turn.since >
         turn.rank * (urgent ? policy_.urgent_steal_after : policy_.steal_after);
}

Pieces FetchPlanner::next(const State& state) const {
  for (const std::uint32_t piece : state.urgent) {
    if (may_take(state, piece, true)) return run_from(state, piece, true);
  }
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (fetchable(state, piece) && state.view.turn(group_of(piece)).rank == 0) {
      return run_from(state, piece, true);
    }
  }
  return steal(state);
}

Pieces FetchPlanner::run_from(const State& state, std::uint32_t first, bool own_only) const {
  const bool alone = state.view.eligible_peers() == 0;
  std::uint64_t bytes_max = alone ? policy_.run_bytes_max : policy_.shared_run_bytes_max;
  if (alone) {
    // Towards the end, shorter runs, so that all requests end at about the same time.
    const auto missing = static_cast<std::uint64_t>(std::count(
        state.have.begin() + static_cast<std::ptrdiff_t>(first), state.have.end(), false));
    bytes_max = std::min(bytes_max, missing * layout_.piece_bytes() / (2 * state.slots));
  }
  const std::uint64_t pieces_max = std::max<std::uint64_t>(1, bytes_max / layout_.piece_bytes());
  Pieces run{first};
  while (run.size() < pieces_max) {
    const std::uint32_t piece = run.back() + 1;
    if (piece >= layout_.count() || !fetchable(state, piece)) break;
    if (group_of(piece) != group_of(first)) {
      if (!own_only || state.view.turn(group_of(piece)).rank != 0) break;
    }
    run.push_back(piece);
  }
  return run;
}

Pieces FetchPlanner::steal(const State& state) const {
  for (std::uint32_t piece = layout_.count(); piece-- > 0;) {
    if (!may_take(state, piece, false)) continue;
    // From the front of what is left of the group, as its owner would.
    std::uint32_t first = piece;
    while (first > 0 && group_of(first - 1) == group_of(piece) && fetchable(state, first - 1))
      --first;
    return run_from(state, first, false);
  }
  return {};
}

}  // namespace shoal::p2p
