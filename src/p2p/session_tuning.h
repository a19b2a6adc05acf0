#pragma once

#include <chrono>
#include <cstdint>

namespace shoal::p2p {

// Those of libtorrent's settings that decide how pieces travel between peers. Here, apart from the
// others, so that the simulation of large swarms (loadtest/simulation) has the same.

inline constexpr std::uint32_t kBlockBytes = 16 * 1024;  // what one request asks for
// How many requests to one peer are under way at most. What is asked of one peer cannot be asked of
// another: with 256 the last pieces wait on the slowest peer while the others idle (15 to 20 % of the
// time of a busy swarm).
inline constexpr int kRequestsMax = 16;
// Fewer where a peer sends less than all of them in so long.
inline constexpr std::chrono::seconds kRequestQueueTime{1};
// So many missing pieces at the front are asked for rarest first. Fewer leave lines idle (all ask for
// the same, and few have it yet); more make readers wait.
inline constexpr std::uint32_t kWindowPieces = 32;
// libtorrent takes the piece with the smallest product of how many peers have it, plus one, and eight
// less its priority: 7 inside of the window, 1 outside.
inline constexpr std::uint32_t kOutsideWeight = 7;
// How often upload slots, where they are limited, go to whoever gave most.
inline constexpr std::chrono::seconds kUnchokeInterval{5};

}  // namespace shoal::p2p
