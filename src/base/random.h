#pragma once

#include <cstdint>
#include <string>

namespace shoal {

// Uniform in [0, bound); `bound` > 0. For jitter and spreading load, never for secrets.
// Thread  any; each thread has its own generator, seeded from the system.
std::uint64_t random_below(std::uint64_t bound);

// `digits` random lower-case hex digits from OpenSSL's generator: ids of requests and nodes.
std::string random_hex(int digits);

}  // namespace shoal
