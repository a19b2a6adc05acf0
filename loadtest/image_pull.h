#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/pull_context.h"

namespace shoal::loadtest {

// What one mirror did.
struct PullOutcome {
  explicit PullOutcome(std::string mirror_in) : mirror(std::move(mirror_in)) {}

  bool is_verified() const { return !error; }

  std::string mirror;  // as on the command line
  std::chrono::duration<double> seconds{0};
  std::optional<std::chrono::duration<double>> first_byte;  // of any blob, since the start
  std::uint64_t bytes = 0;                                  // of all bodies
  std::vector<Timeline::Point> timeline;                    // of bytes; the last point is the end
  std::uint64_t requests = 0;
  std::uint64_t resumes = 0;
  std::string digest;  // what the image's name pointed at; empty where that was not learned
  std::optional<Error> error;
};

// Resolves the image's name at the mirror, then gets manifest, config and layers, as containerd
// does; every byte is checked against its digest and dropped.
PullOutcome pull_image(PullContext& context);

}  // namespace shoal::loadtest
