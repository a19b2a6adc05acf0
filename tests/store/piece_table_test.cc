#include "store/piece_table.h"

#include <random>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kPiece = 128 * kKiB;

TEST(PieceTableTest, NothingIsPresentAtFirst) {
  const PieceTable table{PieceLayout(3 * kPiece)};
  EXPECT_EQ(table.present(), 0U);
  EXPECT_FALSE(table.full());
  EXPECT_FALSE(table.has(0));
  EXPECT_FALSE(table.has(3));
  EXPECT_EQ(table.present_from(0), 0U);
  EXPECT_EQ(table.present_from(99 * kPiece), 0U);
}

TEST(PieceTableTest, ABlobWithoutBytesIsFull) {
  const PieceTable table{PieceLayout(0)};
  EXPECT_TRUE(table.full());
  EXPECT_EQ(table.present_from(0), 0U);
  EXPECT_TRUE(table.record().crcs.empty());
}

TEST(PieceTableTest, AddAndRemoveAreSeenInEveryView) {
  PieceTable table{PieceLayout(2 * kPiece + 1)};
  table.add(2, 7, true);
  EXPECT_TRUE(table.has(2));
  EXPECT_TRUE(table.is_checked(2));
  EXPECT_EQ(table.crc(2), 7U);
  EXPECT_EQ(table.present_from(2 * kPiece), 1U);
  EXPECT_EQ(table.present_from(0), 0U);
  table.add(1, 8, false);
  EXPECT_FALSE(table.is_checked(1));
  EXPECT_EQ(table.present_from(2 * kPiece - 1), 2U);
  table.add(0, 9, true);
  EXPECT_TRUE(table.full());
  EXPECT_EQ(table.present_from(0), 2 * kPiece + 1);
  EXPECT_EQ(table.record().crcs, (std::vector<std::uint32_t>{9, 8, 7}));

  EXPECT_TRUE(table.remove(1));
  EXPECT_FALSE(table.remove(1));
  EXPECT_EQ(table.present(), 2U);
  EXPECT_EQ(table.present_from(5), kPiece - 5);
  EXPECT_EQ(table.record().present, (std::vector<bool>{true, false, true}));
}

TEST(PieceTableTest, ForgettingChecksKeepsThePieces) {
  PieceTable table{PieceLayout(kPiece)};
  table.add(0, 1, true);
  table.forget_checks();
  EXPECT_TRUE(table.has(0));
  EXPECT_FALSE(table.is_checked(0));
}

// present_from() looks at words; this looks at pieces.
std::uint64_t present_from_slowly(const PieceTable& table, const PieceLayout& layout,
                                  std::uint64_t offset) {
  std::uint64_t at = offset;
  while (at < layout.blob_bytes() && table.has(layout.piece_at(at))) {
    at = layout.range(layout.piece_at(at)).end();
  }
  return at - offset;
}

TEST(PieceTableTest, PresentFromAgreesWithASlowCount) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const std::uint32_t count : {1U, 63U, 64U, 65U, 128U, 200U}) {
    const PieceLayout layout(count * kPiece - 3);
    PieceTable table(layout);
    for (std::uint32_t index = 0; index < count; ++index) {
      if (random() % 20 != 0) table.add(index, 0, true);
    }
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t offset = random() % layout.blob_bytes();
      ASSERT_EQ(table.present_from(offset), present_from_slowly(table, layout, offset))
          << count << " pieces, offset " << offset;
    }
  }
}

}  // namespace
}  // namespace shoal::store
