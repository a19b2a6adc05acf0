#include "p2p/neighbours.h"

#include <gmock/gmock.h>

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using Members = std::set<lt::tcp::endpoint>;

std::vector<lt::tcp::endpoint> members(int count) {
  std::vector<lt::tcp::endpoint> out;
  for (int i = 1; i <= count; ++i) {
    out.emplace_back(boost::asio::ip::make_address("10.0.0." + std::to_string(i)),
                     std::uint16_t{6881});
  }
  return out;
}

Members set_of(const std::vector<lt::tcp::endpoint>& list) {
  return {list.begin(), list.end()};
}

const Neighbours::TimePoint kStart{};

TEST(NeighboursTest, SmallClusterIsAFullMesh) {
  Neighbours neighbours(NodeId::random(), 5);
  neighbours.set_known(members(5));
  EXPECT_FALSE(neighbours.is_partial());
  EXPECT_EQ(set_of(neighbours.due({}, kStart)), set_of(members(5)));
  EXPECT_THAT(neighbours.due(set_of(members(5)), kStart), IsEmpty());
}

TEST(NeighboursTest, OfManyAFewAreChosenAndTheSameEachTime) {
  Neighbours neighbours(NodeId::random(), 5);
  neighbours.set_known(members(100));
  EXPECT_TRUE(neighbours.is_partial());
  const auto first = neighbours.due({}, kStart);
  EXPECT_EQ(first.size(), 5U);
  for (const auto& member : first) EXPECT_TRUE(neighbours.chose(member));
  neighbours.set_known(members(100));
  EXPECT_EQ(neighbours.due({}, kStart), first);
  EXPECT_THAT(neighbours.due(set_of(first), kStart), IsEmpty());
}

TEST(NeighboursTest, NodesChooseDifferently) {
  Members chosen;
  for (int i = 0; i < 40; ++i) {
    Neighbours neighbours(NodeId::random(), 5);
    neighbours.set_known(members(100));
    for (const auto& member : neighbours.due({}, kStart)) chosen.insert(member);
  }
  EXPECT_GT(chosen.size(), 40U);
}

TEST(NeighboursTest, WhoDoesNotComeUpIsPassedOverAndStillTried) {
  Neighbours neighbours(NodeId::random(), 2);
  neighbours.set_known(members(10));
  const auto first = neighbours.due({}, kStart);
  ASSERT_EQ(first.size(), 2U);
  const Members connected{first[0]};
  EXPECT_EQ(neighbours.due(connected, kStart + 9s), std::vector{first[1]});
  const auto later = neighbours.due(connected, kStart + 10s);
  ASSERT_EQ(later.size(), 2U);
  EXPECT_EQ(later[0], first[1]);
  // It is back; its stand-in is no longer counted on.
  EXPECT_THAT(neighbours.due({first[0], first[1], later[1]}, kStart + 11s), IsEmpty());
  EXPECT_FALSE(neighbours.chose(later[1]));
}

}  // namespace
}  // namespace shoal::p2p
