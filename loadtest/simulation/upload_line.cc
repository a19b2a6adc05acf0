#include "loadtest/simulation/upload_line.h"

namespace shoal::simulation {

void UploadLine::request_arrives(std::uint32_t index, Request what) {
  Side& side = world_.sides[index];
  if (!side.unchoked) return;  // the choke is on its way to the one who asked
  side.wanted.push_back(what);
  Node& node = world_.nodes[side.owner];
  if (!side.in_turn) {
    side.in_turn = true;
    node.turns.push_back(index);
  }
  if (!node.sending) serve(side.owner);
}

void UploadLine::cancel_arrives(std::uint32_t side, std::uint32_t piece) {
  std::erase_if(world_.sides[side].wanted,
                [&](const Request& request) { return request.piece == piece; });
}

void UploadLine::serve(std::uint32_t index) {
  Node& node = world_.nodes[index];
  while (!node.turns.empty()) {
    const std::uint32_t turn = node.turns.front();
    node.turns.pop_front();
    Side& side = world_.sides[turn];
    side.in_turn = false;
    if (!side.up || side.wanted.empty()) continue;
    node.sending = true;
    node.sending_to = turn;
    node.sending_what = side.wanted.front();
    side.wanted.erase(side.wanted.begin());
    if (!side.wanted.empty()) {
      side.in_turn = true;
      node.turns.push_back(turn);
    }
    const double bytes = world_.bytes_of(node.sending_what);
    const Span takes = world_.line_time(bytes, world_.options.node_rate) + node.up_debt;
    node.up_debt = Span(0);
    world_.after(takes, EventKind::line_free, index, 0, node.life);
    return;
  }
  node.sending = false;
}

void UploadLine::line_free(std::uint32_t index) {
  const Node& node = world_.nodes[index];
  const Side& side = world_.sides[node.sending_to];
  if (side.up) {
    const Request what = node.sending_what;
    const std::uint32_t bytes = world_.bytes_of(what);
    Node& peer = world_.nodes[side.peer];
    const Time arrival = world_.receive(peer, world_.now + world_.options.latency, bytes);
    world_.counters.peer_bytes += bytes;
    world_.events.add(arrival, EventKind::quantum_arrives, side.other, what.piece, side.epoch,
                      what.quantum);
  }
  serve(index);
}

void UploadLine::node_failed(std::uint32_t index) {
  Node& node = world_.nodes[index];
  node.sending = false;
  node.turns.clear();
  node.up_debt = Span(0);
  node.down_free = Time{};
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side)
    world_.sides[side].in_turn = false;
}

}  // namespace shoal::simulation
