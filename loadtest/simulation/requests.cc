#include "loadtest/simulation/requests.h"

#include <algorithm>
#include <bit>

namespace shoal::simulation {
namespace {

constexpr double kMeasuredSeconds = 0.5;  // a peer's rate is taken over as long

}  // namespace

std::size_t Requests::depth(const Side& side) const {
  const double in_time =
      side.rate * std::chrono::duration<double>(world_.options.request_queue).count();
  const double bytes = std::min(in_time, static_cast<double>(world_.options.request_queue_max));
  return static_cast<std::size_t>(std::max(2.0, bytes / world_.quantum_bytes));
}

void Requests::fill(std::uint32_t index) {
  Side& side = world_.sides[index];
  Node& node = world_.nodes[side.owner];
  if (!side.up || node.missing == 0) return;
  if (side.choked) return say_interest(index);
  while (side.asked.size() < depth(side)) {
    const std::uint32_t piece = picker_.next(side);
    if (piece == kNobody) break;
    node.requested.add(piece);
    node.asked_of[piece] = index;
    ask_for(index, piece, false);
  }
  if (!side.asked.empty()) return;
  const std::uint32_t piece = picker_.again(side);
  if (piece == kNobody) return say_interest(index);
  ask_for(index, piece, true);
}

void Requests::fill_all(std::uint32_t index) {
  const Node& node = world_.nodes[index];
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side) fill(side);
}

void Requests::ask_for(std::uint32_t index, std::uint32_t piece, bool again) {
  Side& side = world_.sides[index];
  const Node& node = world_.nodes[side.owner];
  const std::uint32_t count = world_.quanta(piece);
  for (std::uint32_t i = 0; i < count; ++i) {
    // Asked again: the last first, since the other peer comes from the front.
    const auto quantum = static_cast<std::uint8_t>(again ? count - 1 - i : i);
    if (((node.came[piece] >> quantum) & 1) != 0) continue;
    side.asked.push_back(Request{piece, quantum});
    world_.after(world_.options.latency, EventKind::request_arrives, side.other, piece, side.epoch,
                 quantum);
  }
}

void Requests::measure(Side& side, std::uint32_t bytes) {
  side.window_bytes += bytes;
  side.round_bytes += bytes;
  const double window_s = std::chrono::duration<double>(world_.now - side.window_since).count();
  if (window_s <= kMeasuredSeconds) return;
  side.rate = static_cast<double>(side.window_bytes) / window_s;
  side.window_bytes = 0;
  side.window_since = world_.now;
}

void Requests::quantum_arrives(std::uint32_t index, Request what) {
  Side& side = world_.sides[index];
  Node& node = world_.nodes[side.owner];
  const std::uint32_t bytes = world_.bytes_of(what);
  const auto found = std::find(side.asked.begin(), side.asked.end(), what);
  if (found != side.asked.end()) side.asked.erase(found);
  measure(side, bytes);
  const std::uint32_t bit = std::uint32_t{1} << what.quantum;
  if (node.have.has(what.piece) || (node.came[what.piece] & bit) != 0) {
    world_.counters.wasted_bytes += bytes;
  } else {
    node.came[what.piece] |= bit;
    const auto parts = static_cast<std::uint32_t>(std::popcount(node.came[what.piece]));
    if (parts == world_.quanta(what.piece)) came_(side.owner, what.piece);
  }
  fill(index);
}

void Requests::say_interest(std::uint32_t index) {
  Side& side = world_.sides[index];
  const bool interested = side.has.any_besides(world_.nodes[side.owner].have);
  if (interested == side.interested) return;
  side.interested = interested;
  const EventKind kind = interested ? EventKind::interest_arrives : EventKind::disinterest_arrives;
  world_.after(world_.message_delay(), kind, side.other, 0, side.epoch);
}

void Requests::unchoked(std::uint32_t index) {
  world_.sides[index].choked = false;
  fill(index);
}

void Requests::choked(std::uint32_t index) {
  Side& side = world_.sides[index];
  side.choked = true;
  side.interested = false;
  give_back(index);
  say_interest(index);
  fill_all(side.owner);
}

void Requests::give_back(std::uint32_t index) {
  Side& side = world_.sides[index];
  Node& node = world_.nodes[side.owner];
  for (const Request& request : side.asked) {
    if (node.asked_of[request.piece] != index) continue;
    node.asked_of[request.piece] = kNobody;
    node.requested.remove(request.piece);
  }
  side.asked.clear();
}

void Requests::cancel(std::uint32_t index, std::uint32_t piece) {
  Node& node = world_.nodes[index];
  node.asked_of[piece] = kNobody;
  for (std::uint32_t i = node.first_side; i < node.sides_end; ++i) {
    Side& side = world_.sides[i];
    const std::size_t removed =
        std::erase_if(side.asked, [&](const Request& request) { return request.piece == piece; });
    if (removed == 0) continue;
    world_.after(world_.options.latency, EventKind::cancel_arrives, side.other, piece, side.epoch);
  }
}

}  // namespace shoal::simulation
