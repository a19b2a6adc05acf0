#pragma once

#include <cstdint>

namespace shoal {

inline constexpr std::uint64_t kPieceBytesMin = 16 * 1024;  // what BitTorrent asks for at a time
inline constexpr std::uint64_t kPieceBytesMax = 4 * 1024 * 1024;

// Whether a cluster may choose pieces of so many bytes: a power of two within the bounds, or 0, which
// leaves it to the size of each blob.
bool is_piece_size(std::uint64_t bytes);

}  // namespace shoal
