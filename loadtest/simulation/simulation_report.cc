#include "loadtest/simulation/simulation_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace shoal::simulation {
namespace {

constexpr double kMegabit = 1e6 / 8;

double per_node(std::uint64_t count, const Options& options) {
  return static_cast<double>(count) / options.nodes;
}

}  // namespace

std::string text_of(const Options& options, const Outcome& outcome, double wall_seconds) {
  const Counters& c = outcome.counters;
  std::string text = fmt::format(
      "{} nodes at {:.0f}, upstream {:.0f} Mbit/s, {:.0f} MiB in {} pieces, {} neighbours, {} "
      "fetchers, seed {}\n",
      options.nodes, options.node_rate / kMegabit, options.upstream_rate / kMegabit,
      static_cast<double>(options.blob_bytes) / (1 << 20), outcome.pieces, options.neighbours,
      options.election.fetchers_max, options.seed);
  text += fmt::format(
      "last {:.2f} s = {:.3f} x bound {:.2f} s, median {:.3f} x; upstream {:.3f} copies by {} "
      "nodes; {} finished, {} stuck\n",
      outcome.last_s, outcome.ratio(), outcome.bound_s, outcome.median_s / outcome.bound_s,
      outcome.upstream_copies, outcome.fetchers, outcome.finished, outcome.stuck);
  if (c.failures > 0)
    text += fmt::format("{} failures; the last that never died {:.2f} s = {:.3f} x\n", c.failures,
                        outcome.survivors_last_s, outcome.survivors_last_s / outcome.bound_s);
  text += fmt::format(
      "a node: {:.0f} HAVEs, {:.0f} claims, {:.0f} messages of candidates ({:.1f} in each), {:.0f} "
      "others; {:.4f} of the bytes came twice\n",
      per_node(c.haves, options), per_node(c.claims, options), per_node(c.gossip, options),
      c.gossip == 0 ? 0.0 : static_cast<double>(c.gossip_entries) / static_cast<double>(c.gossip),
      per_node(c.other_messages, options),
      c.peer_bytes == 0 ? 0.0
                        : static_cast<double>(c.wasted_bytes) / static_cast<double>(c.peer_bytes));
  return text + fmt::format("{} events in {:.1f} s\n", c.events, wall_seconds);
}

std::string json_of(const Options& options, const Outcome& outcome, double wall_seconds) {
  const Counters& c = outcome.counters;
  const nlohmann::json object{{"seed", options.seed},
                              {"nodes", options.nodes},
                              {"blob_bytes", options.blob_bytes},
                              {"pieces", outcome.pieces},
                              {"node_bytes_per_second", options.node_rate},
                              {"upstream_bytes_per_second", options.upstream_rate},
                              {"neighbours", options.neighbours},
                              {"fetchers_max", options.election.fetchers_max},
                              {"bound_seconds", outcome.bound_s},
                              {"last_seconds", outcome.last_s},
                              {"survivors_last_seconds", outcome.survivors_last_s},
                              {"median_seconds", outcome.median_s},
                              {"last_over_bound", outcome.ratio()},
                              {"upstream_copies", outcome.upstream_copies},
                              {"upstream_requests", c.upstream_requests},
                              {"nodes_upstream", outcome.fetchers},
                              {"finished", outcome.finished},
                              {"stuck", outcome.stuck},
                              {"failures", c.failures},
                              {"bytes_twice", c.wasted_bytes},
                              {"messages",
                               {{"have", c.haves},
                                {"claim", c.claims},
                                {"candidates", c.gossip},
                                {"candidates_entries", c.gossip_entries},
                                {"other", c.other_messages}}},
                              {"events", c.events},
                              {"wall_seconds", wall_seconds}};
  return object.dump(2) + "\n";
}

}  // namespace shoal::simulation
