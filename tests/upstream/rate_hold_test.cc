#include "upstream/rate_hold.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kNow = std::chrono::steady_clock::now();

TEST(RateHoldTest, HoldsUntilTheTimeIsOver) {
  RateHold holds;
  EXPECT_EQ(holds.seconds_left("a", kNow), 0);
  holds.hold("a", seconds(20), kNow);
  EXPECT_EQ(holds.seconds_left("a", kNow), 20);
  EXPECT_EQ(holds.seconds_left("a", kNow + milliseconds(500)), 20) << "rounded up";
  EXPECT_EQ(holds.seconds_left("a", kNow + seconds(20)), 0);
  EXPECT_EQ(holds.seconds_left("b", kNow), 0);
}

TEST(RateHoldTest, ADayIsNotTakenAtItsWord) {
  RateHold holds;
  holds.hold("a", seconds(86'400), kNow);
  EXPECT_EQ(holds.seconds_left("a", kNow), RateHold::kHoldMax.count());
}

TEST(RateHoldTest, TheOneThatEndsFirstMakesRoom) {
  RateHold holds;
  for (std::size_t i = 0; i < RateHold::kHoldsMax; ++i) {
    holds.hold(std::to_string(i), seconds(i == 7 ? 1 : 100), kNow);
  }
  holds.hold("one more", seconds(100), kNow);
  EXPECT_EQ(holds.seconds_left("7", kNow), 0);
  EXPECT_EQ(holds.seconds_left("8", kNow), 100);
  EXPECT_EQ(holds.seconds_left("one more", kNow), 100);
}

RateStatus status_of(std::string limit, std::string remaining) {
  ResponseHead head(200);
  head.headers = {{"ratelimit-limit", std::move(limit)},
                  {"ratelimit-remaining", std::move(remaining)}};
  return rate_status(head);
}

TEST(RateStatusTest, DockerHubsHeaders) {
  const RateStatus status = status_of("100;w=21600", "76;w=21600");
  EXPECT_EQ(status.limit, 100);
  EXPECT_EQ(status.remaining, 76);
  EXPECT_EQ(status_of("100, 100;w=1", "0").remaining, 0);
  EXPECT_EQ(status_of("100, 100;w=1", "0").limit, 100);
}

TEST(RateStatusTest, WhatIsNoNumberSaysNothing) {
  for (const char* text : {"", "x", "-1", "1.5", "99999999999999", ";w=1", "0x10"}) {
    EXPECT_EQ(status_of(text, text).limit, std::nullopt) << text;
    EXPECT_EQ(status_of(text, text).remaining, std::nullopt) << text;
  }
  EXPECT_EQ(rate_status(ResponseHead(200)).limit, std::nullopt);
}

}  // namespace
}  // namespace shoal::upstream
