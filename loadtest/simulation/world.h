#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadtest/simulation/event_queue.h"
#include "loadtest/simulation/node.h"
#include "loadtest/simulation/options.h"
#include "loadtest/simulation/random.h"
#include "store/piece_layout.h"

namespace shoal::simulation {

struct Counters {
  std::uint64_t events = 0;
  std::uint64_t upstream_bytes = 0;  // that left the origin
  std::uint64_t upstream_requests = 0;
  std::uint64_t peer_bytes = 0;
  std::uint64_t wasted_bytes = 0;  // that came twice
  std::uint64_t claims = 0;        // control messages, by kind
  std::uint64_t gossip = 0;
  std::uint64_t gossip_entries = 0;
  std::uint64_t other_messages = 0;
  std::uint64_t haves = 0;
  std::uint64_t failures = 0;
};

// What all parts of the simulation share: the nodes, what happens next, and what was counted.
struct World {
  explicit World(const Options& options_in);

  Digest digest;
  Options options;
  store::PieceLayout layout;
  std::uint32_t quantum_bytes;
  Random random;
  EventQueue events;
  Time now{};
  std::vector<Node> nodes;
  std::vector<Side> sides;
  Counters counters;
  std::uint32_t unfinished = 0;  // nodes

  std::uint32_t piece_size(std::uint32_t piece) const {
    return static_cast<std::uint32_t>(layout.range(piece).size);
  }
  std::uint32_t quanta(std::uint32_t piece) const {
    return (piece_size(piece) + quantum_bytes - 1) / quantum_bytes;
  }
  std::uint32_t bytes_of(Request what) const;
  // How long a line of `rate` needs for `payload` bytes in a stream.
  Span line_time(double payload, double rate) const;
  // The way of a small message from node to node; lost ones come again.
  Span message_delay();
  // When what leaves its sender now has come in through `node`'s line.
  Time receive(Node& node, Time earliest, double payload);
  void after(Span delay, EventKind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0,
             std::uint8_t quantum = 0) {
    events.add(now + delay, kind, a, b, c, quantum);
  }
};

}  // namespace shoal::simulation
