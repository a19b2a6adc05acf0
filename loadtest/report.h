#pragma once

#include <span>
#include <string>

#include "loadtest/image_pull.h"

namespace shoal::loadtest {

// A table with a line for each mirror, what went wrong below it, and a summary as the last line.
std::string table_of(std::span<const PullOutcome> outcomes);

// The same as one JSON object, indented.
std::string json_of(const PullOptions& options, std::span<const PullOutcome> outcomes);

}  // namespace shoal::loadtest
