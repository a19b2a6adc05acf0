#include "p2p/swarm_view.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace shoal::p2p {
namespace {

constexpr std::uint32_t kPieces = 1000;

Digest digest() {
  return *Digest::parse("sha256:" + std::string(64, 'c'));
}

NodeId node(int number) {
  std::string text(32, '0');
  const std::string digits = std::to_string(number);
  text.replace(32 - digits.size(), digits.size(), digits);
  return *NodeId::parse(text);
}

// The view of member `self` of a swarm of `members`, all connected to each other.
SwarmView view_of(int self, int members, std::size_t fetchers_max = SwarmView::kFetchersMax) {
  SwarmView view(digest(), kPieces, node(self), fetchers_max);
  for (int other = 0; other < members; ++other) {
    if (other == self) continue;
    view.peer_joined(static_cast<PeerKey>(other + 1), node(other));
    view.member_joined(node(other), true, Time{});
  }
  return view;
}

TEST(SwarmViewTest, EveryGroupHasExactlyOneOwnerInTheEyesOfAll) {
  const std::array<SwarmView, 4> views{view_of(0, 4), view_of(1, 4), view_of(2, 4), view_of(3, 4)};
  std::array<int, 4> owned{};
  for (std::uint32_t group = 0; group < kPieces; ++group) {
    int owners = 0;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (views[i].turn(group).rank != 0) continue;
      ++owners;
      ++owned[i];
    }
    EXPECT_EQ(owners, 1) << group;
  }
  for (const int share : owned) EXPECT_NEAR(share, 250, 60);
}

TEST(SwarmViewTest, MemberThatLeavesHandsItsGroupsToAllTheOthers) {
  SwarmView before = view_of(0, 4);
  SwarmView after = view_of(0, 4);
  after.member_left(node(3), Time{});
  int gained = 0;
  for (std::uint32_t group = 0; group < kPieces; ++group) {
    const bool was = before.turn(group).rank == 0;
    const bool is = after.turn(group).rank == 0;
    EXPECT_TRUE(is || !was) << "what was ours stays ours";
    gained += is && !was;
  }
  EXPECT_NEAR(gained, 83, 40);
}

TEST(SwarmViewTest, MemberThatIsNotEligibleOwnsNothing) {
  SwarmView view = view_of(0, 2);
  view.member_eligible(node(1), false, Time{});
  for (std::uint32_t group = 0; group < kPieces; ++group) EXPECT_EQ(view.turn(group).rank, 0U);
  EXPECT_EQ(view.other_fetchers(), 0U);
}

TEST(SwarmViewTest, OffersCountWhatPeersHaveUntilTheyLeave) {
  SwarmView view = view_of(0, 3);
  view.peer_has(2, {5, 5, kPieces + 7});
  view.peer_has_all(3);
  EXPECT_TRUE(view.offered(5));
  EXPECT_TRUE(view.offered(6));
  view.peer_left(3);
  EXPECT_TRUE(view.offered(5));
  EXPECT_FALSE(view.offered(6));
  view.peer_left(2);
  EXPECT_FALSE(view.offered(5));
}

TEST(SwarmViewTest, WhatOnlyLiarsVouchedForIsNotOffered) {
  SwarmView view = view_of(0, 3);
  view.peer_has_all(2);
  view.set_tainted({5, 6, kPieces + 7}, true);
  view.set_tainted({5}, true);
  EXPECT_FALSE(view.offered(5));
  EXPECT_TRUE(view.offered(7));
  view.set_tainted({5}, false);
  EXPECT_TRUE(view.offered(5));
  EXPECT_TRUE(view.any_tainted());
  view.set_tainted({6}, false);
  EXPECT_FALSE(view.any_tainted());
}

TEST(SwarmViewTest, ClaimEndsByReleaseByHavingByLeavingOrByTime) {
  const Time start{};
  SwarmView view = view_of(0, 2);
  view.member_claims(node(1), {1, 2, 3, kPieces + 1}, start);
  EXPECT_TRUE(view.claimed(1, start));
  view.member_releases(node(1), {1, kPieces + 1});
  EXPECT_FALSE(view.claimed(1, start));
  view.peer_has(2, {2});
  EXPECT_FALSE(view.claimed(2, start));
  EXPECT_TRUE(view.claimed(3, start));
  EXPECT_FALSE(view.claimed(3, start + SwarmView::kClaimTimeout));
  view.member_left(node(1), start);
  EXPECT_FALSE(view.claimed(3, start));
}

TEST(SwarmViewTest, ClaimThatIsSaidAgainLastsLonger) {
  const Time start{};
  SwarmView view = view_of(0, 2);
  view.member_claims(node(1), {3}, start);
  view.member_claims(node(1), {3}, start + SwarmView::kClaimAgain);
  EXPECT_TRUE(view.claimed(3, start + SwarmView::kClaimTimeout));
}

TEST(SwarmViewTest, ReleaseByOneLeavesTheClaimOfAnother) {
  const Time start{};
  SwarmView view = view_of(0, 3);
  view.member_claims(node(1), {3}, start);
  view.member_claims(node(2), {3}, start);
  view.member_releases(node(2), {3});
  EXPECT_TRUE(view.claimed(3, start));
}

TEST(SwarmViewTest, WhatAMemberFetchedStaysSoUntilItSaysItselfThatItHasIt) {
  const Time start{};
  SwarmView view = view_of(0, 2);
  view.member_claims(node(1), {3, 4}, start);
  view.member_fetched(node(1), {3, 4, kPieces + 1});
  EXPECT_TRUE(view.fetched(3));
  EXPECT_FALSE(view.claimed(3, start)) << "no longer under way";
  EXPECT_TRUE(view.fetched(4));
  view.peer_has(2, {3});
  EXPECT_FALSE(view.fetched(3));
  EXPECT_EQ(view.offers(3), 1U);
}

TEST(SwarmViewTest, TaintedPieceIsNotTakenForFetched) {
  SwarmView view = view_of(0, 2);
  view.member_fetched(node(1), {3, 4});
  view.set_tainted({3}, true);
  EXPECT_FALSE(view.fetched(3));
  EXPECT_TRUE(view.fetched(4));
  view.set_tainted({3}, false);
  EXPECT_TRUE(view.fetched(3));
}

TEST(SwarmViewTest, WhatOneThatLeftHadFetchedIsGivenTimeToArrive) {
  const Time start{};
  SwarmView view = view_of(0, 3);
  view.member_fetched(node(1), {3});
  view.member_claims(node(1), {4}, start);
  view.member_left(node(1), start);
  EXPECT_FALSE(view.fetched(3));
  EXPECT_TRUE(view.claimed(3, start));
  EXPECT_FALSE(view.claimed(4, start));
  EXPECT_FALSE(view.claimed(3, start + SwarmView::kPassedOn));
}

TEST(SwarmViewTest, OneThatComesBackIsKnownByItsPeersAgain) {
  const Time start{};
  SwarmView view = view_of(0, 2);
  view.member_claims(node(1), {3, 4}, start);
  view.peer_has(2, {3});
  EXPECT_FALSE(view.claimed(3, start));
  view.member_left(node(1), start);
  view.member_joined(node(1), true, start);
  view.member_claims(node(1), {5}, start);
  view.peer_has(2, {5});
  EXPECT_FALSE(view.claimed(5, start));
}

TEST(SwarmViewTest, ClaimMayComeBeforeItsClaimerIsIntroduced) {
  SwarmView view = view_of(0, 1);
  view.member_claims(node(7), {3}, Time{});
  EXPECT_TRUE(view.claimed(3, Time{}));
  EXPECT_EQ(view.other_fetchers(), 0U);
  view.member_joined(node(7), true, Time{});
  EXPECT_EQ(view.other_fetchers(), 1U);
  EXPECT_TRUE(view.claimed(3, Time{}));
}

TEST(SwarmViewTest, NodeIsHeardFromOnceItHasSaidWhatItHas) {
  SwarmView view = view_of(0, 2);
  EXPECT_FALSE(view.heard_from(node(1)));
  view.peer_has(2, {});
  EXPECT_TRUE(view.heard_from(node(1)));
  EXPECT_FALSE(view.heard_from(node(7)));
}

TEST(SwarmViewTest, OfManyMembersAllAgreeOnTheFewThatFetch) {
  constexpr int kMembers = 20;
  constexpr std::size_t kFetchers = 5;
  std::size_t fetchers = 0;
  std::vector<int> owners(kPieces);
  for (int self = 0; self < kMembers; ++self) {
    const SwarmView view = view_of(self, kMembers, kFetchers);
    EXPECT_EQ(view.other_fetchers(), view.is_fetcher() ? kFetchers - 1 : kFetchers);
    if (!view.is_fetcher()) continue;
    ++fetchers;
    for (std::uint32_t group = 0; group < kPieces; ++group)
      owners[group] += view.turn(group).rank == 0;
  }
  EXPECT_EQ(fetchers, kFetchers);
  EXPECT_EQ(owners, std::vector<int>(kPieces, 1)) << "each group is one fetcher's";
}

TEST(SwarmViewTest, FetcherThatLosesItsCredentialsIsReplaced) {
  for (int self = 0; self < 3; ++self) {
    SwarmView view = view_of(self, 3, 1);
    if (view.is_fetcher()) continue;
    for (int other = 0; other < 3; ++other) view.member_eligible(node(other), false, Time{});
    EXPECT_TRUE(view.is_fetcher());
  }
}

TEST(SwarmViewTest, UnknownPeersAndMembersChangeNothing) {
  SwarmView view = view_of(0, 1);
  view.peer_has_all(99);
  view.peer_left(99);
  view.member_eligible(node(99), true, Time{});
  view.member_releases(node(99), {1});
  view.member_left(node(99), Time{});
  EXPECT_FALSE(view.offered(0));
  EXPECT_EQ(view.other_fetchers(), 0U);
}

}  // namespace
}  // namespace shoal::p2p
