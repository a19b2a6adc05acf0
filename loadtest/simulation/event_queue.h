#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "loadtest/simulation/options.h"

namespace shoal::simulation {

enum class EventKind : std::uint8_t {
  // a: node, c: its life
  node_starts,
  node_fails,
  look,
  think,
  claim_stands,  // b: which of its fetches
  gossip_round,
  line_free,
  choke_round,
  have_arrives,  // b: piece, from node a to all its neighbours
  // a: side, c: its epoch
  link_up,
  link_lost,
  request_arrives,  // b: piece, quantum
  quantum_arrives,  // b: piece, quantum
  late_have,        // b: piece
  interest_arrives,
  disinterest_arrives,
  unchoke_arrives,
  choke_arrives,
  cancel_arrives,  // b: piece
  // a: message
  message_arrives,
  // a: what goes wrong with fetchers
  sabotage,
  // a: flow, c: its number
  flow_ready,
  flow_lands,  // b: bytes
  flow_bytes,
  flow_fails,
  origin_free,
};

struct Event {
  Time at;
  std::uint64_t order;  // of two at the same time
  EventKind kind;
  std::uint8_t quantum;
  std::uint32_t a;
  std::uint32_t b;
  std::uint32_t c;
};

// What happens next. Two events at the same time come in the order they were added.
class EventQueue {
 public:
  void add(Time at, EventKind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0,
           std::uint8_t quantum = 0) {
    events_.push(Event{at, next_++, kind, quantum, a, b, c});
  }
  bool empty() const { return events_.empty(); }
  Event pop() {
    const Event event = events_.top();
    events_.pop();
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t next_ = 0;
};

}  // namespace shoal::simulation
