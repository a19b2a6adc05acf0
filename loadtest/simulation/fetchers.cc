#include "loadtest/simulation/fetchers.h"

#include <algorithm>
#include <utility>

namespace shoal::simulation {

Fetchers::Fetchers(World& world, Post& post, Exchange& exchange,
                   std::function<void(std::uint32_t)> eligible_changed)
    : world_(world),
      post_(post),
      exchange_(exchange),
      eligible_changed_(std::move(eligible_changed)),
      planner_(world.layout, world.options.transfer.policy),
      origin_(world, origin_events()),
      fetched_(world.nodes.size()) {}

Origin::Events Fetchers::origin_events() {
  Origin::Events events;
  events.piece_came = [this](std::uint32_t node, std::uint32_t piece) {
    piece_present(node, piece);
  };
  events.ended = [this](std::uint32_t node, std::uint32_t flow, bool ok) {
    fetch_ended(node, flow, ok);
  };
  events.wanted = [this](std::uint32_t node, const p2p::Pieces& pieces) {
    return any_missing(node, pieces);
  };
  return events;
}

std::uint32_t Fetchers::ever_fetched() const {
  return static_cast<std::uint32_t>(std::count(fetched_.begin(), fetched_.end(), true));
}

void Fetchers::node_started(std::uint32_t index) {
  Node& node = world_.nodes[index];
  node.thinking = false;
  world_.after(transfer::kLookAgain, EventKind::look, index, 0, node.life);
}

void Fetchers::node_failed(std::uint32_t index) {
  Node& node = world_.nodes[index];
  for (const std::uint32_t flow : node.flows) origin_.drop(flow);
  node.flows.clear();
}

// As SwarmFeed::settled(): all that were asked have answered and are connected, or had their time.
bool Fetchers::settled(const Node& node) const {
  const Brain& brain = *node.brain;
  const Span waited = world_.now - brain.started;
  if (brain.awaited > 0 && waited < world_.options.transfer.discovery_max) return false;
  return !world_.options.gossip || brain.election.settled(world_.now);
}

void Fetchers::wake(std::uint32_t index) {
  Node& node = world_.nodes[index];
  if (node.thinking || !node.brain || node.missing == 0) return;
  node.thinking = true;
  world_.after(Span(0), EventKind::think, index, 0, node.life);
}

void Fetchers::look(std::uint32_t index) {
  Node& node = world_.nodes[index];
  wake(index);
  if (p2p::Pieces due = node.brain->fetches.claims_due(world_.now); !due.empty())
    tell(index, Message::Kind::claim, std::move(due));
  world_.after(transfer::kLookAgain, EventKind::look, index, 0, node.life);
}

void Fetchers::think(std::uint32_t index) {
  Node& node = world_.nodes[index];
  node.thinking = false;
  if (node.missing == 0 || !settled(node) || !node.brain->eligible) return;
  Brain& brain = *node.brain;
  const std::uint32_t slots = planner_.slots(brain.view);
  while (brain.fetches.count() < slots) {
    p2p::FetchPlanner::State state(brain.view, node.present, brain.fetching, urgent_);
    state.now = world_.now;
    state.last_arrival = brain.last_arrival;
    state.request_bytes_per_second = brain.fetches.bytes_per_second();
    state.patience = world_.options.gossip ? brain.election.patience() : 1;
    p2p::Pieces pieces = planner_.next(state);
    if (pieces.empty()) return;
    fetch(index, std::move(pieces));
  }
}

void Fetchers::fetch(std::uint32_t index, p2p::Pieces pieces) {
  Node& node = world_.nodes[index];
  fetched_[index] = true;
  for (const std::uint32_t piece : pieces) node.brain->fetching[piece] = true;
  const auto running = node.brain->fetches.start(pieces, world_.now);
  tell(index, Message::Kind::claim, pieces);
  const auto hesitation =
      planner_.hesitation(node.brain->view, pieces, node.brain->fetches.bytes_per_second());
  if (hesitation.count() == 0) {
    node.flows.push_back(origin_.fetch(index, std::move(pieces), running));
    return;
  }
  const std::uint32_t fetch = node.brain->next_fetch++;
  node.brain->hesitating.emplace(fetch, running);
  world_.after(hesitation, EventKind::claim_stands, index, fetch, node.life);
}

// As Download::claim_stands().
void Fetchers::claim_stands(std::uint32_t index, std::uint32_t fetch) {
  Node& node = world_.nodes[index];
  Brain& brain = *node.brain;
  const auto running = brain.hesitating.extract(fetch).mapped();
  p2p::Pieces pieces = running->pieces;
  if (any_missing(index, pieces) && !planner_.outranked(brain.view, pieces, world_.now)) {
    running->started = world_.now;
    node.flows.push_back(origin_.fetch(index, std::move(pieces), running));
    return;
  }
  brain.fetches.end(running, world_.now);
  give_back(index, pieces);
  wake(index);
}

void Fetchers::give_back(std::uint32_t index, const p2p::Pieces& pieces) {
  const Node& node = world_.nodes[index];
  p2p::Pieces unfinished;
  for (const std::uint32_t piece : pieces) {
    node.brain->fetching[piece] = false;
    if (!node.present[piece]) unfinished.push_back(piece);
  }
  if (!unfinished.empty()) tell(index, Message::Kind::release, std::move(unfinished));
}

bool Fetchers::any_missing(std::uint32_t index, const p2p::Pieces& pieces) const {
  const Node& node = world_.nodes[index];
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](std::uint32_t piece) { return !node.present[piece]; });
}

void Fetchers::piece_present(std::uint32_t index, std::uint32_t piece) {
  Node& node = world_.nodes[index];
  if (node.present[piece]) return;
  node.present[piece] = true;
  if (--node.missing == 0) {
    node.done_at = world_.now;
    --world_.unfinished;
  }
  exchange_.piece_present(index, piece);
}

void Fetchers::fetch_ended(std::uint32_t index, std::uint32_t flow, bool ok) {
  Node& node = world_.nodes[index];
  Brain& brain = *node.brain;
  const p2p::Pieces pieces = origin_.running(flow)->pieces;
  brain.fetches.end(origin_.running(flow), world_.now);
  std::erase(node.flows, flow);
  give_back(index, pieces);
  p2p::Pieces done;
  for (const std::uint32_t piece : pieces)
    if (node.present[piece]) done.push_back(piece);
  if (!done.empty() && world_.options.tell_fetched)
    tell(index, Message::Kind::fetched, std::move(done));
  if (!ok) set_ineligible(index);
  wake(index);
}

void Fetchers::tell(std::uint32_t index, Message::Kind kind, p2p::Pieces pieces) {
  Message message;
  message.kind = kind;
  message.pieces = std::make_shared<const p2p::Pieces>(std::move(pieces));
  post_.broadcast(index, std::move(message));
}

void Fetchers::set_ineligible(std::uint32_t index) {
  Brain& brain = *world_.nodes[index].brain;
  if (!brain.eligible) return;
  brain.eligible = false;
  brain.election.set_eligible(false, world_.now);
  Message message;
  message.kind = Message::Kind::eligible;
  message.eligible = false;
  post_.broadcast(index, std::move(message));
  eligible_changed_(index);
}

}  // namespace shoal::simulation
