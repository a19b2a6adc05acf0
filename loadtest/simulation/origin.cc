#include "loadtest/simulation/origin.h"

#include <algorithm>

namespace shoal::simulation {

std::uint32_t Origin::fetch(std::uint32_t node, p2p::Pieces pieces,
                            transfer::RunningFetches::Handle running) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(flows_.size());
    flows_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Flow& flow = flows_[index];
  flow.node = node;
  flow.bytes = 0;
  for (const std::uint32_t piece : pieces) flow.bytes += world_.piece_size(piece);
  flow.sent = flow.came = 0;
  flow.pieces_came = 0;
  flow.pieces = std::move(pieces);
  flow.ready_at = world_.now;
  flow.running = running;
  ++world_.counters.upstream_requests;
  const Node& owner = world_.nodes[node];
  const Span round_trip = 2 * world_.options.upstream_latency;
  const EventKind kind = owner.has_credentials ? EventKind::flow_ready : EventKind::flow_fails;
  if (!owner.hangs) world_.after(round_trip, kind, index, 0, flow.number);
  return index;
}

void Origin::handle(const Event& event) {
  if (event.kind == EventKind::origin_free) return serve();
  if (flows_[event.a].number != event.c) return;
  const std::uint32_t node = flows_[event.a].node;
  switch (event.kind) {
    case EventKind::flow_ready:
      turns_.push_back(event.a);
      if (!sending_) serve();
      return;
    case EventKind::flow_lands:
      world_.events.add(world_.receive(world_.nodes[node], world_.now, event.b),
                        EventKind::flow_bytes, event.a, event.b, event.c);
      return;
    case EventKind::flow_bytes:
      return bytes_came(event.a, event.b);
    case EventKind::flow_fails:
      events_.ended(node, event.a, false);
      return close(event.a);
    default:
      return;
  }
}

std::uint32_t Origin::next_bytes(const Flow& flow) const {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(world_.quantum_bytes, flow.bytes - flow.sent));
}

void Origin::serve() {
  sending_ = false;
  while (!turns_.empty()) {
    const std::uint32_t index = turns_.front();
    turns_.pop_front();
    Flow& flow = flows_[index];
    if (flow.node == kNobody || world_.nodes[flow.node].hangs) continue;
    sending_ = true;
    const std::uint32_t bytes = next_bytes(flow);
    const Span takes = world_.line_time(bytes, world_.options.upstream_rate);
    const Span way = takes + world_.options.upstream_latency;
    world_.after(way, EventKind::flow_lands, index, bytes, flow.number);
    world_.counters.upstream_bytes += bytes;
    flow.sent += bytes;
    if (flow.sent < flow.bytes) {
      // TCP's window: no faster than its receiver takes it, nor than one connection may be.
      flow.ready_at = world_.nodes[flow.node].down_free - world_.options.upstream_latency;
      if (world_.options.upstream_connection_rate > 0) {
        const Span paced = world_.line_time(bytes, world_.options.upstream_connection_rate);
        flow.ready_at = std::max(flow.ready_at, world_.now + paced);
      }
      if (flow.ready_at <= world_.now + takes) {
        turns_.push_back(index);
      } else {
        world_.events.add(flow.ready_at, EventKind::flow_ready, index, 0, flow.number);
      }
    }
    world_.after(takes, EventKind::origin_free, 0);
    return;
  }
}

void Origin::bytes_came(std::uint32_t index, std::uint32_t bytes) {
  flows_[index].came += bytes;
  const std::uint32_t node = flows_[index].node;
  flows_[index].running->bytes += bytes;
  const std::uint32_t number = flows_[index].number;
  std::uint64_t whole = 0;
  for (std::size_t i = 0; i <= flows_[index].pieces_came; ++i)
    whole += world_.piece_size(flows_[index].pieces[i]);
  if (flows_[index].came >= whole) {
    const std::uint32_t piece = flows_[index].pieces[flows_[index].pieces_came++];
    events_.piece_came(node, piece);
    if (flows_[index].number != number) return;
  }
  const Flow& flow = flows_[index];
  if (flow.came < flow.bytes && events_.wanted(node, flow.pieces)) return;
  events_.ended(node, index, true);
  close(index);
}

void Origin::close(std::uint32_t index) {
  Flow& flow = flows_[index];
  flow.node = kNobody;
  ++flow.number;
  std::erase(turns_, index);
  free_.push_back(index);
}

}  // namespace shoal::simulation
