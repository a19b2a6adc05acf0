#include "store/piece_layout.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace shoal::store {
namespace {

struct Row {
  std::uint64_t blob_bytes;
  std::uint64_t piece_bytes;
  std::uint32_t count;
};

// The info-hash of every blob depends on these: a change here splits old nodes from new ones.
constexpr Row kTable[] = {
    {0, 128 * kKiB, 0},
    {1, 128 * kKiB, 1},
    {128 * kKiB, 128 * kKiB, 1},
    {128 * kKiB + 1, 128 * kKiB, 2},
    {128 * kMiB, 128 * kKiB, 1024},
    {128 * kMiB + 1, 256 * kKiB, 513},
    {256 * kMiB, 256 * kKiB, 1024},
    {256 * kMiB + 1, 512 * kKiB, 513},
    {1 * kGiB, 1 * kMiB, 1024},
    {2 * kGiB, 2 * kMiB, 1024},
    {4 * kGiB, 4 * kMiB, 1024},
    {4 * kGiB + 1, 4 * kMiB, 1025},
    {10 * kGiB, 4 * kMiB, 2560},
    {kBlobBytesMax, 4 * kMiB, 1024 * 1024},
};

TEST(PieceLayoutTest, FollowsTheTable) {
  for (const Row& row : kTable) {
    const PieceLayout layout(row.blob_bytes);
    EXPECT_EQ(layout.blob_bytes(), row.blob_bytes);
    EXPECT_EQ(layout.piece_bytes(), row.piece_bytes) << row.blob_bytes;
    EXPECT_EQ(layout.count(), row.count) << row.blob_bytes;
  }
}

TEST(PieceLayoutTest, PiecesCoverTheBlobWithoutGapOrOverlap) {
  for (const Row& row : kTable) {
    const PieceLayout layout(row.blob_bytes);
    std::uint64_t end = 0;
    for (std::uint32_t index = 0; index < layout.count(); ++index) {
      const ByteRange range = layout.range(index);
      ASSERT_EQ(range.offset, end);
      ASSERT_GT(range.size, 0U);
      ASSERT_EQ(layout.piece_at(range.offset), index);
      ASSERT_EQ(layout.piece_at(range.end() - 1), index);
      end = range.end();
    }
    EXPECT_EQ(end, row.blob_bytes);
  }
}

TEST(PieceLayoutTest, TheClusterMayWantAnotherSize) {
  const PieceLayout large(10 * kMiB + 1, 4 * kMiB);
  EXPECT_EQ(large.piece_bytes(), 4 * kMiB);
  EXPECT_EQ(large.count(), 3U);
  EXPECT_EQ(large.range(2).size, 2 * kMiB + 1);
  EXPECT_EQ(PieceLayout(4 * kGiB, 64 * kKiB).piece_bytes(), 64 * kKiB);
}

TEST(PieceLayoutTest, WantedPiecesGrowBeforeTheyAreTooMany) {
  EXPECT_EQ(PieceLayout(1 * kGiB, 16 * kKiB).count(), 65536U);
  EXPECT_EQ(PieceLayout(1 * kGiB + 1, 16 * kKiB).piece_bytes(), 32 * kKiB);
  const PieceLayout largest(kBlobBytesMax, 16 * kKiB);
  EXPECT_EQ(largest.piece_bytes(), 4 * kMiB);
  EXPECT_EQ(largest.count(), PieceLayout(kBlobBytesMax).count());
  EXPECT_EQ(PieceLayout(0, 16 * kKiB).count(), 0U);
}

}  // namespace
}  // namespace shoal::store
