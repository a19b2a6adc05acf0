#pragma once

#include <cmath>
#include <cstdint>

namespace shoal::simulation {

// SplitMix64: the same numbers for the same seed on every machine, which the standard library's
// distributions do not promise.   Thread  not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  // Uniform in [0, bound); 0 < bound < 2^32.
  std::uint32_t below(std::size_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
  // Uniform in [0, 1).
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return probability > 0 && fraction() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace shoal::simulation
