#include "loadtest/simulation/members.h"

#include <utility>

#include <fmt/format.h>

namespace shoal::simulation {
namespace {

p2p::NodeId random_id(Random& random) {
  return *p2p::NodeId::parse(fmt::format("{:016x}{:016x}", random.next(), random.next()));
}

}  // namespace

Members::Members(World& world)
    : world_(world),
      post_(world),
      exchange_(world,
                [this](std::uint32_t node, std::uint32_t piece) {
                  world_.nodes[node].brain->last_arrival = world_.now;
                  fetchers_.piece_present(node, piece);
                }),
      elections_(world, post_,
                 [this](std::uint32_t node, std::uint32_t fellow) {
                   introduce(node, fellow, Message::Kind::introduction, true);
                 }),
      fetchers_(world, post_, exchange_, [this](std::uint32_t node) { elections_.moved(node); }) {}

void Members::handle(const Event& event) {
  switch (event.kind) {
    case EventKind::message_arrives: {
      const std::optional<Message> message = post_.take(event);
      if (message) deliver(*message);
      return;
    }
    case EventKind::link_up:
      return link_up(event);
    case EventKind::link_lost:
      if (world_.sides[event.a].epoch == event.c && world_.sides[event.a].up) peer_lost(event.a);
      return;
    case EventKind::node_starts:
      return start(event.a);
    default:
      return handle_of_node(event);
  }
}

void Members::handle_of_node(const Event& event) {
  const Node& node = world_.nodes[event.a];
  if (!node.alive || node.life != event.c) return;
  switch (event.kind) {
    case EventKind::look:
      return fetchers_.look(event.a);
    case EventKind::think:
      return fetchers_.think(event.a);
    case EventKind::claim_stands:
      return fetchers_.claim_stands(event.a, event.b);
    case EventKind::gossip_round:
      elections_.round(event.a);
      return fetchers_.wake(event.a);
    case EventKind::node_fails:
      return fail(event.a);
    default:
      return;
  }
}

// --- coming and going ---

void Members::start(std::uint32_t index) {
  Node& node = world_.nodes[index];
  node.alive = true;
  node.brain =
      std::make_unique<Brain>(world_.digest, world_.layout.count(), random_id(world_.random),
                              std::to_string(index), world_.options.election, world_.now);
  node.brain->election.set_mesh_partial(node.sides_end - node.first_side + 1 < world_.nodes.size());
  for (std::uint32_t i = node.first_side; i < node.sides_end; ++i) {
    const std::uint32_t peer = world_.sides[i].peer;
    if (!world_.nodes[peer].brain) continue;
    ++node.brain->awaited;
    introduce(index, peer, Message::Kind::introduction, false);
  }
  elections_.moved(index);
  fetchers_.node_started(index);
  exchange_.node_started(index);
}

void Members::fail(std::uint32_t index) {
  Node& node = world_.nodes[index];
  ++world_.counters.failures;
  hang_up(index);
  fetchers_.node_failed(index);
  node.alive = false;
  ++node.life;
  node.brain.reset();
  exchange_.node_failed(index);
  if (world_.options.restart_after_s > 0) {
    world_.after(seconds(world_.options.restart_after_s), EventKind::node_starts, index);
  } else if (node.missing > 0) {
    --world_.unfinished;  // nobody waits for it any more
  }
}

// Neighbours and fellows see their connections to it end.
void Members::hang_up(std::uint32_t index) {
  const Node& node = world_.nodes[index];
  for (std::uint32_t i = node.first_side; i < node.sides_end; ++i) {
    const Side& side = world_.sides[i];
    if (side.up)
      world_.after(world_.options.failure_seen_after, EventKind::link_lost, side.other, 0,
                   side.epoch);
  }
  for (const auto& [fellow, stands] : node.brain->fellows) {
    if (!stands) continue;
    Message message;
    message.kind = Message::Kind::hung_up;
    message.from = index;
    message.to = fellow;
    message.gone = node.brain->id;
    post_.send(std::move(message));
  }
}

// --- meeting ---

void Members::introduce(std::uint32_t from, std::uint32_t to, Message::Kind kind, bool by_fellow) {
  const Brain& brain = *world_.nodes[from].brain;
  Message message;
  message.kind = kind;
  message.from = from;
  message.to = to;
  message.by_fellow = by_fellow;
  message.eligible = brain.eligible;
  if (world_.options.gossip)
    message.candidates = std::make_shared<const p2p::Candidates>(brain.election.known());
  p2p::Pieces claimed;
  for (std::uint32_t piece = 0; piece < world_.layout.count(); ++piece)
    if (brain.fetching[piece]) claimed.push_back(piece);
  message.pieces = std::make_shared<const p2p::Pieces>(std::move(claimed));
  if (world_.options.tell_fetched)
    message.fetched = std::make_shared<const p2p::Pieces>(in_swarm(world_.nodes[from]));
  post_.send(std::move(message));
}

// What need not be fetched again while this node is there: what it has or its peers have. Not what it
// was told only: that would outlive whoever said so.
p2p::Pieces Members::in_swarm(const Node& node) const {
  p2p::Pieces pieces;
  for (std::uint32_t piece = 0; piece < world_.layout.count(); ++piece) {
    if (node.present[piece] || node.brain->view.offered(piece)) pieces.push_back(piece);
  }
  return pieces;
}

void Members::introduced(const Message& message) {
  Brain& brain = *world_.nodes[message.to].brain;
  const p2p::NodeId& from = world_.nodes[message.from].brain->id;
  brain.met.insert_or_assign(message.from, from);
  brain.view.member_joined(from, message.eligible, world_.now);
  brain.view.member_claims(from, *message.pieces, world_.now);
  if (message.fetched) brain.view.member_fetched(from, *message.fetched);
  if (world_.options.gossip) {
    brain.election.introduced(from);
    brain.election.heard(*message.candidates, world_.now);
  }
  if (message.by_fellow) brain.fellows[message.from] = true;
  if (message.kind == Message::Kind::introduction) {
    introduce(message.to, message.from, Message::Kind::answer, message.by_fellow);
    if (!message.by_fellow) {
      const std::uint32_t side = side_towards(message.to, message.from);
      world_.after(2 * world_.options.latency, EventKind::link_up, side, 0,
                   world_.sides[side].epoch);
    }
  }
  elections_.moved(message.to);
  fetchers_.wake(message.to);
}

std::uint32_t Members::side_towards(std::uint32_t from, std::uint32_t to) const {
  std::uint32_t side = world_.nodes[from].first_side;
  while (world_.sides[side].peer != to) ++side;
  return side;
}

void Members::link_up(const Event& event) {
  const Side& side = world_.sides[event.a];
  if (side.epoch != event.c || !world_.nodes[side.owner].brain || !world_.nodes[side.peer].brain)
    return;
  exchange_.connect(event.a);
  for (const std::uint32_t node : {side.owner, side.peer}) {
    Brain& brain = *world_.nodes[node].brain;
    if (brain.awaited > 0) --brain.awaited;
    fetchers_.wake(node);
  }
}

void Members::peer_lost(std::uint32_t index) {
  const Side& side = world_.sides[index];
  const std::uint32_t owner = side.owner;
  Brain& brain = *world_.nodes[owner].brain;
  const auto met = brain.met.extract(side.peer);
  exchange_.disconnect(index);
  if (!met.empty()) member_gone(owner, met.mapped());
}

void Members::member_gone(std::uint32_t index, const p2p::NodeId& id) {
  Brain& brain = *world_.nodes[index].brain;
  brain.view.member_left(id, world_.now);
  if (world_.options.gossip) brain.election.lost(id, world_.now);
  elections_.moved(index);
  fetchers_.wake(index);
}

// --- talking ---

void Members::deliver(const Message& message) {
  Brain& brain = *world_.nodes[message.to].brain;
  if (message.kind == Message::Kind::hung_up) {
    brain.fellows.erase(message.from);
    brain.met.erase(message.from);
    return member_gone(message.to, *message.gone);
  }
  const p2p::NodeId& from = world_.nodes[message.from].brain->id;
  switch (message.kind) {
    case Message::Kind::introduction:
    case Message::Kind::answer:
      return introduced(message);
    case Message::Kind::claim:
      return brain.view.member_claims(from, *message.pieces, world_.now);
    case Message::Kind::fetched:
      return brain.view.member_fetched(from, *message.pieces);
    case Message::Kind::release:
      brain.view.member_releases(from, *message.pieces);
      break;
    case Message::Kind::eligible:
      brain.view.member_eligible(from, message.eligible, world_.now);
      break;
    case Message::Kind::gossip:
      brain.election.heard(*message.candidates, world_.now);
      elections_.moved(message.to);
      break;
    case Message::Kind::hung_up:
      return;
  }
  fetchers_.wake(message.to);
}

}  // namespace shoal::simulation
