#include "loadtest/simulation/world.h"

#include <algorithm>
#include <cmath>

#include "loadtest/simulation/mesh.h"

namespace shoal::simulation {
namespace {

constexpr double kPacketBytes = 1448;

store::PieceLayout layout_of(const Options& options) {
  if (options.piece_bytes == 0) return store::PieceLayout(options.blob_bytes);
  return store::PieceLayout(options.blob_bytes, options.piece_bytes);
}

// What a line serves at a time: a quarter of a piece, so that there are few events, but no less than
// libtorrent asks for in one request.
std::uint32_t quantum_of(std::uint32_t piece_bytes) {
  return std::min(std::max(piece_bytes / 4, p2p::kBlockBytes), piece_bytes);
}

}  // namespace

World::World(const Options& options_in)
    : digest(*Digest::parse("sha256:" + std::string(64, '5'))),
      options(options_in),
      layout(layout_of(options_in)),
      quantum_bytes(quantum_of(layout.piece_bytes())),
      random(options_in.seed),
      nodes(options_in.nodes) {
  for (Node& node : nodes) {
    node.have = PieceSet(layout.count());
    node.requested = PieceSet(layout.count());
    node.present.assign(layout.count(), false);
    node.missing = layout.count();
    node.came.assign(layout.count(), 0);
    node.asked_of.assign(layout.count(), kNobody);
  }
  unfinished = options.nodes;
  connect_mesh(*this);
}

std::uint32_t World::bytes_of(Request what) const {
  const std::uint32_t begin = what.quantum * quantum_bytes;
  return std::min(quantum_bytes, piece_size(what.piece) - begin);
}

Span World::line_time(double payload, double rate) const {
  const double seconds = payload * (1 + options.header_overhead) / rate;
  return Span(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
}

Span World::message_delay() {
  Span delay = options.latency;
  while (random.chance(options.loss)) delay += options.retransmit;
  return delay;
}

Time World::receive(Node& node, Time earliest, double payload) {
  const Time arrival = std::max(earliest, node.down_free + line_time(payload, options.node_rate));
  node.down_free = arrival;
  // What it acknowledges takes its turn on the way back.
  node.up_debt += line_time(payload * options.ack_overhead, options.node_rate);
  if (options.loss <= 0) return arrival;
  const double survives = std::pow(1 - options.loss, payload / kPacketBytes);
  // Fast retransmit: the hole is filled after a round trip.
  return random.chance(1 - survives) ? arrival + 3 * options.latency : arrival;
}

}  // namespace shoal::simulation
