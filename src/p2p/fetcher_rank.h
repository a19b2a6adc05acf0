#pragma once

#include <cstdint>

#include "base/digest.h"
#include "p2p/types.h"

namespace shoal::p2p {

// A member's place among those who may go upstream for a blob: the smaller, the sooner it is a fetcher.
// A pure function, the same on every node; uniform over all 64-bit numbers, so that the k-th smallest
// of n members lies near k / n of the whole.
std::uint64_t fetcher_rank(const Digest& digest, const NodeId& node);

}  // namespace shoal::p2p
