#include "transfer/seeds.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

class SeedsTest : public testing::Test {
 protected:
  static Digest digest(std::uint64_t number) { return descriptor_of(content_of(8, number)).digest; }
  std::shared_ptr<SwarmFeed> keep(std::uint64_t number) {
    p2p::SwarmView view(digest(number), 2, p2p::NodeId::random());
    auto feed = std::make_shared<SwarmFeed>(std::move(view));
    seeds_.keep(digest(number), 10, nullptr, feed);
    return feed;
  }
  TransferOptions options_;
  Seeds seeds_{options_};
};

TEST_F(SeedsTest, TheLongestUnwantedGoFirstAndNoMoreThanAskedFor) {
  for (const std::uint64_t i : {1, 2, 3}) keep(i);
  EXPECT_TRUE(seeds_.touch(digest(1)));
  EXPECT_EQ(seeds_.idle_bytes(), 30U);
  EXPECT_EQ(seeds_.release(11), 20U);
  EXPECT_TRUE(seeds_.touch(digest(1)));
  EXPECT_FALSE(seeds_.touch(digest(2)));
  EXPECT_FALSE(seeds_.touch(digest(3)));
}

TEST_F(SeedsTest, WhatAPeerIsTakingStaysUntilThePeerHasAll) {
  const auto feed = keep(1);
  feed->peer_joined(7, p2p::NodeId::random());
  EXPECT_EQ(seeds_.idle_bytes(), 0U);
  EXPECT_EQ(seeds_.release(10), 0U) << "it has not said what it has";
  feed->peer_has(7, {0});
  EXPECT_EQ(seeds_.release(10), 0U);
  EXPECT_FALSE(seeds_.release(digest(1)));
  feed->peer_has(7, {1});
  EXPECT_EQ(seeds_.release(10), 10U);
}

TEST_F(SeedsTest, WhatAPeerTookUntilItLeftMayGo) {
  const auto feed = keep(1);
  feed->peer_joined(7, p2p::NodeId::random());
  keep(2);
  EXPECT_EQ(seeds_.release(100), 10U) << "the other one";
  feed->peer_left(7);
  EXPECT_TRUE(seeds_.release(digest(1)));
  EXPECT_FALSE(seeds_.touch(digest(1)));
  EXPECT_TRUE(seeds_.release(digest(1))) << "it is not held";
}

TEST_F(SeedsTest, OverTheirNumberTheLongestUnwantedGo) {
  options_.seeds_max = 2;
  for (const std::uint64_t i : {1, 2, 3}) keep(i);
  EXPECT_FALSE(seeds_.touch(digest(1)));
  EXPECT_TRUE(seeds_.touch(digest(2)));
  seeds_.clear();
  EXPECT_FALSE(seeds_.touch(digest(2)));
}

}  // namespace
}  // namespace shoal::transfer
