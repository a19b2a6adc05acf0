#include "p2p/fetch_planner.h"

#include <algorithm>

namespace shoal::p2p {

FetchPlanner::FetchPlanner(const store::PieceLayout& layout, FetchPolicy policy,
                           std::function<std::uint64_t(std::uint64_t)> random_below)
    : layout_(layout),
      policy_(policy),
      random_below_(std::move(random_below)),
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
  const auto owner = state.view.owner(group_of(piece), true);
  if (!owner || owner->self) return true;
  return state.now - owner->since > (urgent ? policy_.urgent_steal_after : policy_.steal_after);
}

Pieces FetchPlanner::next(const State& state) const {
  for (const std::uint32_t piece : state.urgent) {
    if (may_take(state, piece, true)) return run_from(state, piece, true);
  }
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (!fetchable(state, piece)) continue;
    const auto owner = state.view.owner(group_of(piece), true);
    if (owner && owner->self) return run_from(state, piece, true);
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
      const auto owner = state.view.owner(group_of(piece), true);
      if (!own_only || !owner || !owner->self) break;
    }
    run.push_back(piece);
  }
  return run;
}

Pieces FetchPlanner::steal(const State& state) const {
  Pieces candidates;
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (may_take(state, piece, false)) candidates.push_back(piece);
  }
  if (candidates.empty()) return {};
  const std::uint32_t chosen = candidates[random_below_(candidates.size())];
  // From the front of the group, as its owner would.
  const auto first = std::find_if(candidates.begin(), candidates.end(), [&](std::uint32_t piece) {
    return group_of(piece) == group_of(chosen);
  });
  return run_from(state, *first, false);
}

}  // namespace shoal::p2p
