#include "base/piece_size.h"

#include <bit>

namespace shoal {

bool is_piece_size(std::uint64_t bytes) {
  if (bytes == 0) return true;
  return bytes >= kPieceBytesMin && bytes <= kPieceBytesMax && std::has_single_bit(bytes);
}

}  // namespace shoal
