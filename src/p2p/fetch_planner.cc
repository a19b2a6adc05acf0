#include "p2p/fetch_planner.h"

#include <algorithm>

namespace shoal::p2p {

FetchPlanner::FetchPlanner(const store::PieceLayout& layout, FetchPolicy policy)
    : layout_(layout),
      policy_(policy),
      pieces_per_group_(static_cast<std::uint32_t>(
          std::max<std::uint64_t>(1, policy.group_bytes / layout.piece_bytes()))) {}

std::uint32_t FetchPlanner::slots(const SwarmView& view) const {
  // Twice as many requests in all as one node alone has, as far as everybody gets slots_min.
  const auto members = static_cast<std::uint32_t>(view.other_fetchers() + 1);
  const std::uint32_t share = (2 * policy_.slots_alone + members - 1) / members;
  return std::clamp(share, std::min(policy_.slots_min, policy_.slots_alone), policy_.slots_alone);
}

bool FetchPlanner::stalled(const State& state) const {
  return state.now - state.last_arrival > policy_.stall_after;
}

bool FetchPlanner::fetchable(const State& state, std::uint32_t piece) const {
  if (state.have[piece] || state.fetching[piece]) return false;
  if (state.view.offered(piece) && !stalled(state)) return false;
  return !state.view.claimed(piece, state.now);
}

bool FetchPlanner::may_take(const State& state, std::uint32_t piece, Time since,
                            std::chrono::milliseconds patience) const {
  if (!fetchable(state, piece)) return false;
  const SwarmView::Turn turn = state.view.turn(group_of(piece));
  return turn.rank == 0 || state.now - std::max(since, turn.since) > turn.rank * patience;
}

bool FetchPlanner::owned(const State& state, std::uint32_t piece) const {
  return state.view.turn(group_of(piece)).rank == 0;
}

Pieces FetchPlanner::next(const State& state) const {
  if (!state.view.is_fetcher()) return stalled(state) ? steal(state) : Pieces();
  for (const UrgentPiece& urgent : state.urgent) {
    if (may_take(state, urgent.piece, urgent.since, policy_.urgent_steal_after)) {
      return run_from(state, urgent.piece, true);
    }
  }
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (fetchable(state, piece) && owned(state, piece)) return run_from(state, piece, true);
  }
  return steal(state);
}

std::uint64_t FetchPlanner::run_bytes_max(const State& state, std::uint32_t first) const {
  if (state.view.other_fetchers() > 0) {
    const std::uint64_t in_time = state.request_bytes_per_second *
                                  static_cast<std::uint64_t>(policy_.shared_run_time.count()) /
                                  1000;
    return std::min(policy_.shared_run_bytes_max, in_time);
  }
  // Towards the end, shorter runs, so that all requests end at about the same time.
  const auto missing = static_cast<std::uint64_t>(
      std::count(state.have.begin() + static_cast<std::ptrdiff_t>(first), state.have.end(), false));
  return std::min(policy_.run_bytes_max,
                  missing * layout_.piece_bytes() / (2 * policy_.slots_alone));
}

Pieces FetchPlanner::run_from(const State& state, std::uint32_t first, bool own_only) const {
  const std::uint64_t pieces_max =
      std::max<std::uint64_t>(1, run_bytes_max(state, first) / layout_.piece_bytes());
  Pieces run{first};
  while (run.size() < pieces_max) {
    const std::uint32_t piece = run.back() + 1;
    if (piece >= layout_.count() || !fetchable(state, piece)) break;
    if (group_of(piece) != group_of(first) && !(own_only && owned(state, piece))) break;
    run.push_back(piece);
  }
  return run;
}

Pieces FetchPlanner::steal(const State& state) const {
  std::optional<std::uint32_t> best;
  std::uint32_t best_rank = 0;
  for (std::uint32_t piece = layout_.count(); piece-- > 0;) {
    const std::uint32_t rank = state.view.turn(group_of(piece)).rank;
    if (best && rank >= best_rank) continue;
    if (!may_take(state, piece, Time{}, policy_.steal_after)) continue;
    best = piece;
    best_rank = rank;
  }
  if (!best) return {};
  // From the front of what is left of the group, as its owner would.
  std::uint32_t first = *best;
  while (first > 0 && group_of(first - 1) == group_of(*best) && fetchable(state, first - 1))
    --first;
  return run_from(state, first, false);
}

}  // namespace shoal::p2p
