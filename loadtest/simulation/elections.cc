#include "loadtest/simulation/elections.h"

#include <charconv>
#include <memory>
#include <string>
#include <utility>

namespace shoal::simulation {
namespace {

// Endpoints of this world are nodes' numbers.
std::uint32_t number_of(const std::string& endpoint) {
  std::uint32_t number = 0;
  std::from_chars(endpoint.data(), endpoint.data() + endpoint.size(), number);
  return number;
}

}  // namespace

void Elections::round(std::uint32_t index) {
  world_.nodes[index].brain->ticking = false;
  moved(index);
}

void Elections::moved(std::uint32_t index) {
  if (!world_.options.gossip) return;
  Brain& brain = *world_.nodes[index].brain;
  for (const p2p::Candidate& change : brain.election.changes()) {
    if (change.eligible) {
      brain.view.member_joined(change.node, true, world_.now);
    } else {
      brain.view.member_left(change.node, world_.now);
    }
  }
  gossip(index);
  if (brain.election.settled(world_.now)) meet_fellows(index);
}

void Elections::gossip(std::uint32_t index) {
  Brain& brain = *world_.nodes[index].brain;
  p2p::Candidates news = brain.election.gossip_due(world_.now);
  if (!news.empty()) {
    Message message;
    message.kind = Message::Kind::gossip;
    message.candidates = std::make_shared<const p2p::Candidates>(std::move(news));
    post_.broadcast(index, std::move(message));
  }
  if (brain.ticking || (brain.election.settled(world_.now) && !brain.election.has_news())) return;
  brain.ticking = true;
  world_.after(world_.options.election.gossip_every, EventKind::gossip_round, index, 0,
               world_.nodes[index].life);
}

void Elections::meet_fellows(std::uint32_t index) {
  Brain& brain = *world_.nodes[index].brain;
  for (const p2p::Candidate& fellow : brain.election.fellows()) {
    const std::uint32_t other = number_of(fellow.endpoint);
    const auto met = brain.met.find(other);
    const bool connected = met != brain.met.end() && met->second == fellow.node;
    if (connected || brain.fellows.contains(other)) continue;
    brain.fellows[other] = false;
    if (world_.nodes[other].brain) meet_(index, other);
  }
}

}  // namespace shoal::simulation
