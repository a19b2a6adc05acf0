#pragma once

#include <string>

#include "loadtest/simulation/simulation.h"

namespace shoal::simulation {

// What came of it, for people: what was simulated, times, copies, messages.
std::string text_of(const Options& options, const Outcome& outcome, double wall_seconds);

// The same as one JSON object, indented.
std::string json_of(const Options& options, const Outcome& outcome, double wall_seconds);

}  // namespace shoal::simulation
