#include "loadtest/simulation/simulation.h"

#include <algorithm>

#include "loadtest/simulation/members.h"

namespace shoal::simulation {
namespace {

void plan_starts(World& world) {
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    world.nodes[node].has_credentials = !world.random.chance(world.options.strangers);
    world.after(seconds(world.options.start_spread_s * world.random.fraction()),
                EventKind::node_starts, node);
  }
}

void plan_failures(World& world) {
  const Options& options = world.options;
  const double span = options.churn_until_s - options.churn_from_s;
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    if (!world.random.chance(options.churn)) continue;
    world.after(seconds(options.churn_from_s + span * world.random.fraction()),
                EventKind::node_fails, node);
  }
  if (options.dying_fetchers + options.stalling_fetchers > 0)
    world.after(seconds(options.churn_from_s), EventKind::sabotage, 0);
}

// Some of those that fetch at this moment die, others' requests hang.
void sabotage(World& world, Members& members) {
  std::vector<std::uint32_t> fetching;
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node)
    if (!world.nodes[node].flows.empty()) fetching.push_back(node);
  const std::uint32_t dying = world.options.dying_fetchers;
  for (std::uint32_t i = 0; i < dying + world.options.stalling_fetchers; ++i) {
    if (fetching.empty()) return;
    const std::uint32_t chosen = world.random.below(fetching.size());
    const std::uint32_t node = fetching[chosen];
    fetching.erase(fetching.begin() + chosen);
    if (i < dying) {
      members.fail(node);
    } else {
      world.nodes[node].hangs = true;
    }
  }
}

void dispatch(World& world, Members& members, const Event& event) {
  if (event.kind == EventKind::sabotage) return sabotage(world, members);
  switch (event.kind) {
    case EventKind::node_starts:
    case EventKind::node_fails:
    case EventKind::look:
    case EventKind::think:
    case EventKind::claim_stands:
    case EventKind::gossip_round:
    case EventKind::link_up:
    case EventKind::link_lost:
    case EventKind::message_arrives:
      return members.handle(event);
    case EventKind::flow_ready:
    case EventKind::flow_lands:
    case EventKind::flow_bytes:
    case EventKind::flow_fails:
    case EventKind::origin_free:
      return members.fetchers().handle_origin(event);
    default:
      return members.exchange().handle(event);
  }
}

Outcome outcome_of(const World& world, const Members& members) {
  Outcome out;
  std::vector<double> done;
  for (const Node& node : world.nodes) {
    if (node.missing == 0) {
      const double done_s = std::chrono::duration<double>(node.done_at - Time{}).count();
      done.push_back(done_s);
      if (node.life == 0) out.survivors_last_s = std::max(out.survivors_last_s, done_s);
    } else if (node.alive || world.options.restart_after_s > 0) {
      ++out.stuck;
    }
  }
  std::sort(done.begin(), done.end());
  out.finished = static_cast<std::uint32_t>(done.size());
  if (!done.empty()) {
    out.last_s = done.back();
    out.median_s = done[done.size() / 2];
  }
  out.bound_s = bound_seconds(world.options);
  out.upstream_copies = static_cast<double>(world.counters.upstream_bytes) /
                        static_cast<double>(world.options.blob_bytes);
  out.fetchers = members.fetchers().ever_fetched();
  out.pieces = world.layout.count();
  out.counters = world.counters;
  return out;
}

}  // namespace

double bound_seconds(const Options& options) {
  const auto size = static_cast<double>(options.blob_bytes);
  const double nodes = options.nodes;
  return std::max({size / options.upstream_rate, size / options.node_rate,
                   nodes * size / (options.upstream_rate + nodes * options.node_rate)});
}

Outcome simulate(const Options& options) {
  World world(options);
  Members members(world);
  plan_starts(world);
  plan_failures(world);
  const Time end = Time{} + seconds(options.give_up_s);
  while (!world.events.empty() && world.unfinished > 0 && world.now < end) {
    const Event event = world.events.pop();
    world.now = event.at;
    ++world.counters.events;
    dispatch(world, members, event);
  }
  return outcome_of(world, members);
}

}  // namespace shoal::simulation
