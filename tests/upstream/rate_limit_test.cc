#include "upstream/rate_limit.h"

#include <array>

#include <gtest/gtest.h>

namespace shoal::upstream::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = RateLimit::Time;

constexpr std::uint64_t kRate = 1'024'000;  // 16 000 bytes a turn
const Time kStart{seconds(1000)};

// What one reader who always wants more reads until `end`, each turn as soon as it may.
std::uint64_t read_until(RateLimit& limit, Time start, Time end) {
  std::uint64_t bytes = 0;
  for (Time now = start; now < end;) {
    const Time turn = limit.reserve(limit.share(), now);
    now = std::max(now, turn);
    if (now < end) bytes += limit.share();
  }
  return bytes;
}

TEST(RateLimitTest, FirstIsAtOnceAndTheRestIsAtTheRate) {
  RateLimit limit(kRate, kStart);
  EXPECT_LE(limit.reserve(16'000, kStart), kStart);
  const auto bytes = read_until(limit, kStart, kStart + seconds(10));
  EXPECT_NEAR(static_cast<double>(bytes), 10.0 * kRate, 0.05 * kRate + 16'000);
}

TEST(RateLimitTest, IdleTimeIsSavedForATwentiethOfASecondOnly) {
  RateLimit limit(kRate, kStart);
  const Time later = kStart + std::chrono::hours(1);
  const auto bytes = read_until(limit, later, later + seconds(1));
  EXPECT_LE(static_cast<double>(bytes), 1.05 * kRate + 32'000);
  EXPECT_GE(static_cast<double>(bytes), 1.0 * kRate);
}

TEST(RateLimitTest, LateTimersLoseNothing) {
  RateLimit limit(kRate, kStart);
  std::uint64_t bytes = 0;
  for (Time now = kStart; now < kStart + seconds(10);) {
    now = std::max(now, limit.reserve(limit.share(), now)) + milliseconds(7);
    bytes += limit.share();
  }
  EXPECT_NEAR(static_cast<double>(bytes), 10.0 * kRate, 0.02 * kRate * 10);
}

TEST(RateLimitTest, ReadersTakeTurns) {
  RateLimit limit(kRate, kStart);
  std::array<Time, 8> turn;
  std::array<int, 8> reads{};
  turn.fill(kStart);
  for (Time now = kStart; now < kStart + seconds(4); now += milliseconds(1)) {
    for (std::size_t i = 0; i < turn.size(); ++i) {
      if (turn[i] > now) continue;
      ++reads[i];
      turn[i] = limit.reserve(limit.share(), now);
    }
  }
  for (const int count : reads) EXPECT_NEAR(count, reads[0], 2);
}

TEST(RateLimitTest, NewcomerWaitsForOneTurnOfEachOther) {
  RateLimit limit(kRate, kStart);
  for (int i = 0; i < 100; ++i) limit.reserve(limit.share(), kStart);
  const Time turn = limit.reserve(limit.share(), kStart);
  EXPECT_GE(turn, kStart + milliseconds(1450));
  EXPECT_LE(turn, kStart + milliseconds(1600));
}

TEST(RateLimitTest, WhatIsGivenBackIsForOthers) {
  RateLimit limit(kRate, kStart);
  limit.reserve(16'000, kStart);
  const Time full = RateLimit(limit).reserve(1, kStart);
  limit.give_back(12'000);
  EXPECT_LT(limit.reserve(1, kStart), full);
  // Whoever reads little each time still gets the whole rate.
  std::uint64_t bytes = 0;
  for (Time now = kStart; now < kStart + seconds(10);) {
    now = std::max(now, limit.reserve(16'000, now));
    limit.give_back(15'000);
    bytes += 1'000;
  }
  EXPECT_NEAR(static_cast<double>(bytes), 10.0 * kRate, 0.1 * kRate);
}

TEST(RateLimitTest, ShareIsBounded) {
  EXPECT_EQ(RateLimit(1, kStart).share(), 4096U);
  EXPECT_EQ(RateLimit(1'048'576, kStart).share(), 16'384U);
  EXPECT_EQ(RateLimit(std::uint64_t{1} << 60, kStart).share(), 65'536U);
  RateLimit fast(std::uint64_t{1} << 60, kStart);
  EXPECT_LE(fast.reserve(65'536, kStart), kStart);
}

}  // namespace
}  // namespace shoal::upstream::testing
