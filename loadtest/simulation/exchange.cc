#include "loadtest/simulation/exchange.h"

#include <algorithm>

namespace shoal::simulation {

void Exchange::handle(const Event& event) {
  switch (event.kind) {
    case EventKind::line_free:
    case EventKind::choke_round:
    case EventKind::have_arrives: {
      const Node& node = world_.nodes[event.a];
      if (!node.alive || node.life != event.c) return;
      if (event.kind == EventKind::line_free) return line_.line_free(event.a);
      if (event.kind == EventKind::choke_round) return slots_.choke_round(event.a);
      return have_arrives(event);
    }
    default:
      return handle_of_side(event);
  }
}

void Exchange::handle_of_side(const Event& event) {
  const Side& side = world_.sides[event.a];
  if (side.epoch != event.c || !side.up || !world_.nodes[side.owner].alive) return;
  switch (event.kind) {
    case EventKind::request_arrives:
      return line_.request_arrives(event.a, Request{event.b, event.quantum});
    case EventKind::cancel_arrives:
      return line_.cancel_arrives(event.a, event.b);
    case EventKind::quantum_arrives:
      return requests_.quantum_arrives(event.a, Request{event.b, event.quantum});
    case EventKind::late_have:
      return have_heard(event.a, event.b);
    case EventKind::interest_arrives:
      return slots_.interest_changes(event.a, true);
    case EventKind::disinterest_arrives:
      return slots_.interest_changes(event.a, false);
    case EventKind::unchoke_arrives:
      return requests_.unchoked(event.a);
    case EventKind::choke_arrives:
      return requests_.choked(event.a);
    default:
      return;
  }
}

void Exchange::connect(std::uint32_t index) {
  Side& side = world_.sides[index];
  Side& other = world_.sides[side.other];
  if (side.up && other.up) return;
  disconnect(index);
  disconnect(side.other);
  ++side.epoch;
  other.epoch = side.epoch;
  connect_end(index);
  connect_end(side.other);
  requests_.say_interest(index);
  requests_.say_interest(side.other);
}

void Exchange::connect_end(std::uint32_t index) {
  Side& side = world_.sides[index];
  const Node& peer = world_.nodes[side.peer];
  side.up = true;
  side.has = peer.have;
  side.window_since = world_.now;
  p2p::SwarmView& view = world_.nodes[side.owner].brain->view;
  view.peer_joined(key_of(index), peer.brain->id);
  p2p::Pieces has;
  side.has.visit([&](std::uint32_t piece) { has.push_back(piece); });
  view.peer_has(key_of(index), has);
}

void Exchange::disconnect(std::uint32_t index) {
  Side& side = world_.sides[index];
  if (!side.up) return;
  const Node& node = world_.nodes[side.owner];
  if (node.brain) node.brain->view.peer_left(key_of(index));
  requests_.give_back(index);
  side.up = false;
  side.has.clear();
  side.wanted.clear();
  side.choked = true;
  side.interested = side.unchoked = side.peer_interested = false;
  side.rate = 0;
  side.window_bytes = side.round_bytes = 0;
  if (!node.alive) return;
  slots_.give_free_slots(side.owner);
  requests_.fill_all(side.owner);
}

void Exchange::node_failed(std::uint32_t index) {
  line_.node_failed(index);
  const Node& node = world_.nodes[index];
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side) disconnect(side);
}

// HAVEs leave with what is sent next, and so delay it.
void Exchange::piece_present(std::uint32_t index, std::uint32_t piece) {
  Node& node = world_.nodes[index];
  node.have.add(piece);
  requests_.cancel(index, piece);
  double told = 0;
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side)
    told += world_.sides[side].up && !world_.sides[side].has.has(piece) ? 1 : 0;
  node.up_debt += world_.line_time(world_.options.have_bytes * told, world_.options.node_rate);
  world_.after(world_.options.latency, EventKind::have_arrives, index, piece, node.life);
}

// One event for all neighbours: HAVEs are most of what happens.
void Exchange::have_arrives(const Event& event) {
  const Node& node = world_.nodes[event.a];
  for (std::uint32_t index = node.first_side; index < node.sides_end; ++index) {
    const Side& side = world_.sides[index];
    if (!side.up || side.has.has(event.b)) continue;  // libtorrent tells only who lacks it
    ++world_.counters.haves;
    if (world_.random.chance(world_.options.loss)) {
      world_.after(world_.options.retransmit, EventKind::late_have, side.other, event.b,
                   side.epoch);
    } else {
      have_heard(side.other, event.b);
    }
  }
}

void Exchange::have_heard(std::uint32_t index, std::uint32_t piece) {
  Side& side = world_.sides[index];
  if (!side.up || side.has.has(piece)) return;
  Node& node = world_.nodes[side.owner];
  if (!node.alive) return;
  side.has.add(piece);
  node.brain->view.peer_has(key_of(index), {piece});
  node.down_free = std::max(node.down_free, world_.now) +
                   world_.line_time(world_.options.have_bytes, world_.options.node_rate);
  if (node.missing == 0 || node.have.has(piece)) return;
  if (side.choked) return requests_.say_interest(index);
  if (!node.requested.has(piece) || side.asked.empty()) requests_.fill(index);
}

}  // namespace shoal::simulation
