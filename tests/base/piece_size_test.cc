#include "base/piece_size.h"

#include <limits>

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(PieceSizeTest, PowersOfTwoWithinTheBoundsAndZero) {
  for (std::uint64_t bytes = kPieceBytesMin; bytes <= kPieceBytesMax; bytes *= 2)
    EXPECT_TRUE(is_piece_size(bytes)) << bytes;
  EXPECT_TRUE(is_piece_size(0));
  for (const std::uint64_t bytes :
       {std::uint64_t{1}, kPieceBytesMin / 2, kPieceBytesMin + 1, 3 * kPieceBytesMin,
        kPieceBytesMax - 1, kPieceBytesMax * 2, std::numeric_limits<std::uint64_t>::max()})
    EXPECT_FALSE(is_piece_size(bytes)) << bytes;
}

}  // namespace
}  // namespace shoal
