#pragma once

#include <cstdint>
#include <string>

#include "loadtest/simulation/options.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

struct Outcome {
  double bound_s = 0;  // max(S/u_up, S/d_node, N S/(u_up + N u_node)), payload over line rate
  double last_s = 0;   // when the last node was done
  double survivors_last_s = 0;  // the last of those that never died
  double median_s = 0;
  std::uint32_t finished = 0;  // nodes
  std::uint32_t stuck = 0;     // nodes that should have
  double upstream_copies = 0;
  std::uint32_t fetchers = 0;  // nodes that ever went upstream
  std::uint32_t pieces = 0;
  Counters counters;

  double ratio() const { return bound_s > 0 ? last_s / bound_s : 0; }
};

// Plays it all through. The same options give the same outcome, on every machine.
Outcome simulate(const Options& options);

double bound_seconds(const Options& options);

}  // namespace shoal::simulation
