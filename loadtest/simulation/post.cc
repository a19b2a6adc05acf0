#include "loadtest/simulation/post.h"

#include <utility>

namespace shoal::simulation {

Span Post::delay_of(const Message& message) {
  if (message.kind == Message::Kind::hung_up) return world_.options.failure_seen_after;
  const Span delay = world_.message_delay();
  // A connection between fellows has to be made first.
  const bool connects = message.by_fellow && message.kind == Message::Kind::introduction;
  return connects ? delay + 3 * world_.options.latency : delay;
}

void Post::count(const Message& message) {
  switch (message.kind) {
    case Message::Kind::claim:
      ++world_.counters.claims;
      break;
    case Message::Kind::gossip:
      ++world_.counters.gossip;
      world_.counters.gossip_entries += message.candidates->size();
      break;
    case Message::Kind::hung_up:
      break;
    default:
      ++world_.counters.other_messages;
      break;
  }
}

void Post::send(Message message) {
  message.from_life = world_.nodes[message.from].life;
  message.to_life = world_.nodes[message.to].life;
  count(message);
  const Span delay = delay_of(message);
  auto place = static_cast<std::uint32_t>(under_way_.size());
  if (free_.empty()) {
    under_way_.push_back(std::move(message));
  } else {
    place = free_.back();
    free_.pop_back();
    under_way_[place] = std::move(message);
  }
  world_.after(delay, EventKind::message_arrives, place);
}

void Post::broadcast(std::uint32_t index, Message message) {
  const Node& node = world_.nodes[index];
  message.from = index;
  for (std::uint32_t i = node.first_side; i < node.sides_end; ++i) {
    if (!world_.sides[i].up) continue;
    message.to = world_.sides[i].peer;
    send(message);
  }
  if (message.kind == Message::Kind::gossip) return;
  for (const auto& [fellow, stands] : node.brain->fellows) {
    if (!stands) continue;
    message.to = fellow;
    send(message);
  }
}

std::optional<Message> Post::take(const Event& event) {
  Message message = std::exchange(under_way_[event.a], Message());
  free_.push_back(event.a);
  const Node& to = world_.nodes[message.to];
  if (!to.alive || to.life != message.to_life) return std::nullopt;
  const Node& from = world_.nodes[message.from];
  const bool speaks = from.alive && from.life == message.from_life;
  if (!speaks && message.kind != Message::Kind::hung_up) return std::nullopt;
  return message;
}

}  // namespace shoal::simulation
