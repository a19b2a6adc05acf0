#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "loadtest/simulation/options.h"

namespace CLI {
class App;
}

namespace shoal::simulation {

// The flags of `simulate`, most of them fields of Options in other units.
// Lifetime  it and `options` outlive the parsing.
class CommandLine {
 public:
  CommandLine(CLI::App& app, Options& options);
  // After the parsing: fills in the rest of the options.
  // Errors  invalid_argument, too_large: a value out of bounds.
  Result<void> complete();
  const std::string& json_file() const { return json_file_; }  // empty: none is wanted

 private:
  void add_swarm_options(CLI::App& app);
  void add_policy_options(CLI::App& app);
  void add_trouble_options(CLI::App& app);

  Options& options_;
  std::string size_ = "128MiB";
  std::string piece_ = "0";
  double node_mbit_ = 100;
  double upstream_mbit_ = 1000;
  double connection_mbit_ = 0;
  std::size_t fetchers_ = p2p::SwarmView::kFetchersMax;
  double latency_ms_ = 0.5;
  std::int64_t claim_travels_ms_ = Options().transfer.policy.claim_travels.count();
  std::string request_queue_max_ = std::to_string(Options().request_queue_max);
  std::string json_file_;
};

}  // namespace shoal::simulation
