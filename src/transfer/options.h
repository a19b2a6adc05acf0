#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "p2p/fetch_planner.h"

namespace shoal::transfer {

// A download looks at what is to be done when something has changed, and every kLookAgain: time alone
// makes claims lapse, turns come and swarms stall.
inline constexpr std::chrono::milliseconds kLookAgain{200};

struct TransferOptions {
  std::chrono::seconds grace{60};  // how long a download goes on after its last reader left
  // How long a new download waits for members that have not said yet whether they have or want the
  // blob, before it asks upstream. They answer in a round trip; only one that hangs takes longer.
  std::chrono::milliseconds discovery_max{2000};
  // How long a member that said it has the blob may take to show up in its swarm.
  std::chrono::milliseconds expected_peer_max{3000};
  // Without any piece from anywhere for so long, a download that upstream refuses is given up.
  std::chrono::milliseconds stuck_after{20000};
  std::size_t seeds_max = 512;          // blobs that stay in the session after they were wanted
  std::chrono::minutes seed_idle{60};   // or for so long
  std::vector<std::string> registries;  // the configured ones: labels of metrics
  p2p::FetchPolicy policy;
};

}  // namespace shoal::transfer
