#include "upstream/failover.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

class FailoverTest : public ::testing::Test {
 protected:
  FailoverTest() : registry_(place("hub", "https://one")) {
    registry_.fallbacks.push_back(place("hub 2", "https://two"));
    registry_.fallbacks.push_back(place("hub 3", "https://three"));
  }
  static Registry place(const char* id, const char* url) {
    Registry made("hub", *Url::parse(url));
    made.id = id;
    return made;
  }
  std::string chosen() const { return failover_.choose(registry_, now_).base.host(); }
  bool fails(const char* id, Errc code = Errc::unavailable) {
    return failover_.failed(registry_, place(id, "https://x"), Error(code, "down"), now_);
  }

  Registry registry_;
  Failover failover_;
  SteadyTime now_ = std::chrono::steady_clock::now();
};

TEST_F(FailoverTest, TheFirstIsAskedWhileItWorks) {
  EXPECT_EQ(chosen(), "one");
}

TEST_F(FailoverTest, WhatFailedRests) {
  EXPECT_TRUE(fails("hub"));
  EXPECT_EQ(chosen(), "two");
  EXPECT_TRUE(fails("hub 2"));
  EXPECT_EQ(chosen(), "three");
  now_ += Failover::kRest;
  EXPECT_EQ(chosen(), "one");
}

TEST_F(FailoverTest, WhereAllFailedTheOneThatDidFirstIsNext) {
  EXPECT_TRUE(fails("hub"));
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(fails("hub 2"));
  now_ += std::chrono::seconds(1);
  EXPECT_FALSE(fails("hub 3")) << "nothing is left to try at once";
  EXPECT_EQ(chosen(), "one");
}

TEST_F(FailoverTest, AnswersAreNoFailures) {
  for (const Errc code : {Errc::not_found, Errc::denied, Errc::unauthorized, Errc::corrupt,
                          Errc::too_large, Errc::canceled}) {
    EXPECT_FALSE(fails("hub", code));
    EXPECT_EQ(chosen(), "one");
  }
  for (const Errc code : {Errc::timeout, Errc::protocol, Errc::rate_limited}) {
    now_ += 2 * Failover::kRest;
    EXPECT_TRUE(fails("hub", code));
    EXPECT_EQ(chosen(), "two");
  }
}

TEST_F(FailoverTest, ARegistryWithOnePlaceHasNoOther) {
  registry_.fallbacks.clear();
  EXPECT_FALSE(fails("hub"));
  EXPECT_EQ(chosen(), "one");
}

}  // namespace
}  // namespace shoal::upstream
