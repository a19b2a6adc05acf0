#include "p2p/ban_list.h"

#include <gtest/gtest.h>

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

const tcp::endpoint kHere(make_address("10.0.0.1"), 6881);
const tcp::endpoint kNextDoor(make_address("10.0.0.1"), 6882);
const tcp::endpoint kElsewhere(make_address("10.0.0.2"), 6881);

class BanListTest : public testing::Test {
 protected:
  BanList bans_{60s};
  const BanList::Time start_{};
  const NodeId liar_ = NodeId::random();
  const NodeId honest_ = NodeId::random();
};

TEST_F(BanListTest, ABanOfAnAddressHoldsForWhoeverComesFromThere) {
  EXPECT_TRUE(bans_.add(liar_, kHere, true, start_));
  EXPECT_TRUE(bans_.refuses(honest_, kNextDoor, start_)) << "it may be the liar, restarted";
  EXPECT_TRUE(bans_.refuses(liar_, kElsewhere, start_));
  EXPECT_FALSE(bans_.refuses(honest_, kElsewhere, start_));
  EXPECT_EQ(bans_.addresses(), std::vector{kHere.address()});
}

TEST_F(BanListTest, WhoSharesTheAddressIsSpared) {
  EXPECT_TRUE(bans_.add(liar_, kHere, false, start_));
  EXPECT_FALSE(bans_.refuses(honest_, kNextDoor, start_));
  EXPECT_TRUE(bans_.refuses(liar_, kNextDoor, start_));
  EXPECT_TRUE(bans_.refuses(honest_, kHere, start_)) << "where the liar listened";
  EXPECT_TRUE(bans_.addresses().empty());
}

TEST_F(BanListTest, ThreeStrikesWithinTheBanTimeAreNoBadLuck) {
  EXPECT_FALSE(bans_.strike(liar_, start_));
  EXPECT_FALSE(bans_.strike(liar_, start_ + 10s));
  EXPECT_FALSE(bans_.strike(honest_, start_ + 10s));
  EXPECT_FALSE(bans_.strike(liar_, start_ + 65s)) << "the first is forgotten";
  EXPECT_TRUE(bans_.strike(liar_, start_ + 66s));
}

TEST_F(BanListTest, BansEnd) {
  bans_.add(liar_, kHere, true, start_);
  EXPECT_FALSE(bans_.expire(start_ + 59s));
  EXPECT_FALSE(bans_.refuses(liar_, kHere, start_ + 60s));
  EXPECT_TRUE(bans_.expire(start_ + 60s));
  EXPECT_FALSE(bans_.expire(start_ + 60s));
  EXPECT_TRUE(bans_.addresses().empty());
}

TEST_F(BanListTest, OnceIsEnough) {
  EXPECT_TRUE(bans_.add(liar_, kHere, true, start_));
  EXPECT_FALSE(bans_.add(liar_, kElsewhere, true, start_));
  EXPECT_EQ(bans_.size(), 1U);
}

TEST_F(BanListTest, WithoutABanTimeNobodyIsBanned) {
  BanList none(0s);
  EXPECT_FALSE(none.add(liar_, kHere, true, start_));
  EXPECT_FALSE(none.refuses(liar_, kHere, start_));
}

TEST_F(BanListTest, TheOldestMakesRoom) {
  bans_.add(liar_, kElsewhere, false, start_);
  for (std::size_t i = 0; i < BanList::kBansMax; ++i) {
    bans_.add(NodeId::random(), kHere, false, start_);
  }
  EXPECT_EQ(bans_.size(), BanList::kBansMax);
  EXPECT_FALSE(bans_.refuses(liar_, kElsewhere, start_));
}

}  // namespace
}  // namespace shoal::p2p
