#include "store/room.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::store {
namespace {

constexpr DiskSpace kDisk{100 * kGiB, 40 * kGiB};

Holdings holding(std::uint64_t occupied, std::uint64_t unwritten = 0, std::uint64_t evictable = 0) {
  return Holdings{occupied, unwritten, evictable};
}

TEST(RoomTest, WithoutAnyLimitThereIsTheDisk) {
  EXPECT_EQ(room_limit({}, kDisk, holding(10 * kGiB)), 50 * kGiB);
}

TEST(RoomTest, WhatIsPromisedButNotWrittenIsCountedOnce) {
  EXPECT_EQ(room_limit({}, kDisk, holding(10 * kGiB, 4 * kGiB)), 46 * kGiB);
}

TEST(RoomTest, TheTighterOfQuotaAndFreeSpaceCounts) {
  RoomOptions options;
  options.quota.bytes = 30 * kGiB;
  EXPECT_EQ(room_limit(options, kDisk, holding(10 * kGiB)), 30 * kGiB);
  options.min_free.bytes = 25 * kGiB;
  EXPECT_EQ(room_limit(options, kDisk, holding(10 * kGiB)), 25 * kGiB);
  options.min_free = Share{0, 60};
  EXPECT_EQ(room_limit(options, kDisk, holding(10 * kGiB)), 0U);
  options.min_free = Share{};
  options.quota = Share{0, 20};
  EXPECT_EQ(room_limit(options, kDisk, holding(10 * kGiB)), 20 * kGiB);
}

TEST(RoomTest, AdmissionSaysHowMuchMustGo) {
  EXPECT_EQ(admit(100, holding(60), 40).to_evict, 0U);
  const Admission some = admit(100, holding(60, 0, 30), 50);
  EXPECT_TRUE(some.is_possible);
  EXPECT_EQ(some.to_evict, 10U);
}

TEST(RoomTest, WhatCannotFitIsNotPossible) {
  EXPECT_FALSE(admit(100, holding(0), 101).is_possible);
  EXPECT_FALSE(admit(100, holding(60, 0, 9), 50).is_possible) << "the rest is in use";
  EXPECT_TRUE(admit(100, holding(60, 0, 10), 50).is_possible);
  EXPECT_FALSE(admit(0, holding(0), 1).is_possible);
  EXPECT_TRUE(admit(0, holding(0), 0).is_possible);
}

TEST(RoomTest, EvictionBeginsAtOneMarkAndEndsAtTheOther) {
  RoomOptions options;
  options.high_watermark = 90;
  options.low_watermark = 70;
  EXPECT_EQ(beyond_watermark(options, 1000, holding(900)), 0U);
  EXPECT_EQ(beyond_watermark(options, 1000, holding(901)), 201U);
  EXPECT_EQ(beyond_watermark(options, 0, holding(5)), 5U);
}

TEST(RoomTest, PercentOfAHugeDiskDoesNotOverflow) {
  RoomOptions options;
  options.quota = Share{0, 100};
  options.high_watermark = 99;
  const DiskSpace huge{~std::uint64_t{0}, 0};
  EXPECT_GT(options.quota.of(huge.total), huge.total / 100 * 99);
  EXPECT_EQ(beyond_watermark(options, ~std::uint64_t{0} / 2, holding(kGiB)), 0U);
}

TEST(RoomTest, FilesTakeWholeBlocks) {
  EXPECT_EQ(occupied_by(0), 0U);
  EXPECT_EQ(occupied_by(1), 4096U);
  EXPECT_EQ(occupied_by(4096), 4096U);
  EXPECT_EQ(occupied_by(4097), 8192U);
}

}  // namespace
}  // namespace shoal::store
