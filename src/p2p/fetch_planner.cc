#include "p2p/fetch_planner.h"

#include <algorithm>

namespace shoal::p2p {
namespace {

// What part of a request's time its claim is given to travel.
constexpr int kClaimTravelsShare = 8;

}  // namespace

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
  return state.now - state.last_arrival > policy_.stall_after * state.patience;
}

bool FetchPlanner::fetchable(const State& state, std::uint32_t piece) const {
  if (state.have[piece] || state.fetching[piece]) return false;
  const bool in_swarm = state.view.offered(piece) || state.view.fetched(piece);
  if (in_swarm && !stalled(state)) return false;
  return !state.view.claimed(piece, state.now);
}

bool FetchPlanner::may_take(const State& state, std::uint32_t piece, Time since,
                            std::chrono::milliseconds patience) const {
  if (!fetchable(state, piece)) return false;
  const SwarmView::Turn turn = state.view.turn(group_of(piece));
  return turn.rank == 0 || state.now - std::max(since, turn.since) > turn.rank * patience;
}

bool FetchPlanner::owned(const SwarmView& view, std::uint32_t piece) const {
  return view.turn(group_of(piece)).rank == 0;
}

std::chrono::milliseconds FetchPlanner::hesitation(const SwarmView& view, const Pieces& run,
                                                   std::uint64_t request_bytes_per_second) const {
  const bool all_ours =
      std::all_of(run.begin(), run.end(), [&](std::uint32_t piece) { return owned(view, piece); });
  if (all_ours) return std::chrono::milliseconds(0);
  if (request_bytes_per_second == 0) return policy_.claim_travels;
  const std::chrono::milliseconds request_time(run.size() * layout_.piece_bytes() * 1000 /
                                               request_bytes_per_second);
  return std::clamp(request_time / kClaimTravelsShare, policy_.claim_travels,
                    std::max(policy_.claim_travels, policy_.claim_travels_max));
}

std::size_t FetchPlanner::offered(const SwarmView& view, const Pieces& run) {
  return static_cast<std::size_t>(std::count_if(
      run.begin(), run.end(), [&](std::uint32_t piece) { return view.offers(piece) > 0; }));
}

bool FetchPlanner::outranked(const SwarmView& view, const Pieces& run, Time now) const {
  return std::any_of(run.begin(), run.end(), [&](std::uint32_t piece) {
    return view.outranked(piece, group_of(piece), now);
  });
}

Pieces FetchPlanner::next(const State& state) const {
  if (!state.view.is_fetcher() && !stalled(state)) return {};
  for (const UrgentPiece& urgent : state.urgent) {
    if (may_take(state, urgent.piece, urgent.since, policy_.urgent_steal_after)) {
      return run_from(state, urgent.piece);
    }
  }
  auto first = best_in_window(state);
  if (!first) first = first_owned(state);
  return first ? run_from(state, *first) : Pieces();
}

std::optional<std::uint32_t> FetchPlanner::best_in_window(const State& state) const {
  const std::size_t fetchers = state.view.other_fetchers() + 1;
  std::size_t groups_left = policy_.window_groups_each * fetchers;
  std::optional<std::uint32_t> best;
  std::uint32_t best_rank = 0;
  std::optional<std::uint32_t> last_group;
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (last_group == group_of(piece) || !fetchable(state, piece)) continue;
    if (groups_left-- == 0) break;
    last_group = group_of(piece);
    const std::uint32_t rank = state.view.turn(group_of(piece)).rank;
    if (best && rank >= best_rank) continue;
    if (!may_take(state, piece, Time{}, policy_.steal_after)) continue;
    best = piece;
    best_rank = rank;
    if (rank == 0) break;
  }
  return best;
}

std::optional<std::uint32_t> FetchPlanner::first_owned(const State& state) const {
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    if (fetchable(state, piece) && owned(state.view, piece)) return piece;
  }
  return std::nullopt;
}

std::uint64_t FetchPlanner::run_bytes_max(const State& state, std::uint32_t first) const {
  const std::uint64_t in_time =
      state.request_bytes_per_second * static_cast<std::uint64_t>(policy_.run_time.count()) / 1000;
  if (state.view.other_fetchers() > 0) return std::min(policy_.shared_run_bytes_max, in_time);
  // Towards the end, shorter runs, so that all requests end at about the same time.
  const auto missing = static_cast<std::uint64_t>(
      std::count(state.have.begin() + static_cast<std::ptrdiff_t>(first), state.have.end(), false));
  const std::uint64_t share = missing * layout_.piece_bytes() / (2 * policy_.slots_alone);
  return std::min(share, std::clamp(in_time, policy_.group_bytes, policy_.run_bytes_max));
}

Pieces FetchPlanner::run_from(const State& state, std::uint32_t first) const {
  const std::uint64_t pieces_max =
      std::max<std::uint64_t>(1, run_bytes_max(state, first) / layout_.piece_bytes());
  Pieces run{first};
  while (run.size() < pieces_max) {
    const std::uint32_t piece = run.back() + 1;
    if (piece >= layout_.count() || !fetchable(state, piece)) break;
    if (group_of(piece) != group_of(first) && !owned(state.view, piece)) break;
    run.push_back(piece);
  }
  return run;
}

}  // namespace shoal::p2p
