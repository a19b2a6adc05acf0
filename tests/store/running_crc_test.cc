#include "store/running_crc.h"

#include <gtest/gtest.h>

namespace shoal::store {
namespace {

constexpr std::uint32_t kPiece = 7;

TEST(RunningCrcsTest, WrittenFrontToBackItIsKnown) {
  RunningCrcs crcs;
  EXPECT_EQ(crcs.begin(kPiece, 0), 0U);
  crcs.end(kPiece, 10, 111U);
  EXPECT_EQ(crcs.begin(kPiece, 10), 111U);
  crcs.end(kPiece, 5, 222U);
  EXPECT_EQ(crcs.take(kPiece, 15), 222U);
}

TEST(RunningCrcsTest, NothingIsKnownOfAPieceThatNobodyWrote) {
  RunningCrcs crcs;
  EXPECT_FALSE(crcs.take(kPiece, 0));
}

TEST(RunningCrcsTest, NothingIsKnownBeforeItIsWhole) {
  RunningCrcs crcs;
  crcs.begin(kPiece, 0);
  crcs.end(kPiece, 10, 111U);
  EXPECT_FALSE(crcs.take(kPiece, 11));
}

TEST(RunningCrcsTest, WrittenInAnotherOrderItIsNot) {
  RunningCrcs crcs;
  EXPECT_FALSE(crcs.begin(kPiece, 5));
  crcs.end(kPiece, 5, std::nullopt);
  EXPECT_FALSE(crcs.begin(kPiece, 0));
  crcs.end(kPiece, 5, std::nullopt);
  EXPECT_FALSE(crcs.take(kPiece, 10));
}

TEST(RunningCrcsTest, WhatIsWrittenAgainMayHaveChanged) {
  RunningCrcs crcs;
  crcs.begin(kPiece, 0);
  crcs.end(kPiece, 10, 111U);
  EXPECT_FALSE(crcs.begin(kPiece, 0));
  crcs.end(kPiece, 10, std::nullopt);
  EXPECT_FALSE(crcs.take(kPiece, 10));
}

TEST(RunningCrcsTest, TwoAtATimeSpoilItForBoth) {
  RunningCrcs crcs;
  EXPECT_EQ(crcs.begin(kPiece, 0), 0U);
  EXPECT_FALSE(crcs.begin(kPiece, 0));
  crcs.end(kPiece, 10, 111U);
  crcs.end(kPiece, 10, std::nullopt);
  EXPECT_FALSE(crcs.take(kPiece, 10));
}

TEST(RunningCrcsTest, AFailedWriteSpoilsIt) {
  RunningCrcs crcs;
  EXPECT_EQ(crcs.begin(kPiece, 0), 0U);
  crcs.end(kPiece, 10, std::nullopt);
  EXPECT_FALSE(crcs.begin(kPiece, 10));
  crcs.end(kPiece, 5, std::nullopt);
  EXPECT_FALSE(crcs.take(kPiece, 15));
}

TEST(RunningCrcsTest, OnceTakenItBeginsAnew) {
  RunningCrcs crcs;
  EXPECT_FALSE(crcs.begin(kPiece, 5));
  crcs.end(kPiece, 5, std::nullopt);
  EXPECT_FALSE(crcs.take(kPiece, 10));
  EXPECT_EQ(crcs.begin(kPiece, 0), 0U);
  crcs.end(kPiece, 10, 333U);
  EXPECT_EQ(crcs.take(kPiece, 10), 333U);
}

}  // namespace
}  // namespace shoal::store
