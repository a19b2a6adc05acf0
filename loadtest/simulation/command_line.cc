#include "loadtest/simulation/command_line.h"

#include <chrono>

#include <CLI/CLI.hpp>

#include "base/bytes.h"

namespace shoal::simulation {
namespace {

constexpr double kMegabit = 1e6 / 8;

}  // namespace

CommandLine::CommandLine(CLI::App& app, Options& options) : options_(options) {
  add_swarm_options(app);
  add_policy_options(app);
  add_trouble_options(app);
}

void CommandLine::add_swarm_options(CLI::App& app) {
  app.add_option("--nodes", options_.nodes, "Nodes that want the blob")
      ->capture_default_str()
      ->check(CLI::Range(2, 100'000));
  app.add_option("--size", size_, "Of the blob")->capture_default_str()->type_name("BYTES");
  app.add_option("--piece", piece_, "Of a piece; 0: as nodes choose it")
      ->capture_default_str()
      ->type_name("BYTES");
  app.add_option("--node-rate", node_mbit_, "Of a node's line, each way")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("MBIT/S");
  app.add_option("--upstream-rate", upstream_mbit_, "Of the registry's line")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("MBIT/S");
  app.add_option("--connection-rate", connection_mbit_,
                 "What the registry gives one connection at most; 0: all")
      ->capture_default_str()
      ->type_name("MBIT/S");
  app.add_option("--latency", latency_ms_, "From node to node, one way")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("MS");
  app.add_option("--start-spread", options_.start_spread_s, "All nodes start within so long")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
}

void CommandLine::add_policy_options(CLI::App& app) {
  app.add_option("--neighbours", options_.neighbours, "Connections of a node, on average")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  app.add_option("--fetchers", fetchers_, "Nodes that go upstream at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  app.add_option("--slots", options_.upload_slots, "Upload slots of a node; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  app.add_option("--request-queue", request_queue_max_,
                 "A node asks a peer for so much at a time, and for what it sends in a second")
      ->capture_default_str()
      ->type_name("BYTES");
  app.add_option(
         "--window", options_.window,
         "Peers are asked for the rarest of so many missing pieces at the front first; 0: of all")
      ->capture_default_str();
  app.add_flag("--strict", options_.strict,
               "And for nothing else as long as they have one of those; with --window 1: in order");
  app.add_option("--claim-travels", claim_travels_ms_,
                 "Who helps out in another's group waits so long before it asks upstream")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000))
      ->type_name("MS");
  app.add_flag("!--no-gossip", options_.gossip, "Nodes know of their neighbours only");
  app.add_flag("!--no-fetched", options_.tell_fetched,
               "Fetchers do not say what they have got from upstream");
}

void CommandLine::add_trouble_options(CLI::App& app) {
  app.add_option("--churn", options_.churn, "This share of the nodes dies and comes back")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--churn-from", options_.churn_from_s, "When the first may die")
      ->capture_default_str()
      ->type_name("SECONDS");
  app.add_option("--churn-until", options_.churn_until_s, "When the last may")
      ->capture_default_str()
      ->type_name("SECONDS");
  app.add_option("--restart-after", options_.restart_after_s, "0: they stay away")
      ->capture_default_str()
      ->type_name("SECONDS");
  app.add_option("--dying-fetchers", options_.dying_fetchers, "Die while they fetch");
  app.add_option("--stalling-fetchers", options_.stalling_fetchers, "Their requests hang for ever");
  app.add_option("--strangers", options_.strangers, "This share of the nodes has no credentials")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--loss", options_.loss, "This share of the packets is lost")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.5));
  app.add_option("--seed", options_.seed, "The same seed, the same run")->capture_default_str();
  app.add_option("--json", json_file_, "Write the figures there as JSON too")->type_name("FILE");
}

Result<void> CommandLine::complete() {
  const auto size = parse_byte_count(size_);
  if (!size) return fail(size.error());
  const auto piece = parse_byte_count(piece_);
  if (!piece) return fail(piece.error());
  if (*size == 0 || *size > kBlobBytesMax || *piece > *size) {
    return fail(Errc::invalid_argument, "a size out of bounds");
  }
  options_.blob_bytes = *size;
  options_.piece_bytes = static_cast<std::uint32_t>(*piece);
  if (*piece > 0 && *size / *piece > kPiecesMax) {
    return fail(Errc::too_large, "more pieces than 65536");
  }
  options_.node_rate = node_mbit_ * kMegabit;
  options_.upstream_rate = upstream_mbit_ * kMegabit;
  options_.upstream_connection_rate = connection_mbit_ * kMegabit;
  options_.election.fetchers_max = fetchers_;
  options_.transfer.policy.claim_travels = std::chrono::milliseconds(claim_travels_ms_);
  const auto queue_max = parse_byte_count(request_queue_max_);
  if (!queue_max) return fail(queue_max.error());
  options_.request_queue_max = *queue_max;
  options_.latency = seconds(latency_ms_ / 1e3);
  return {};
}

}  // namespace shoal::simulation
