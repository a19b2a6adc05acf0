#include "p2p/fetch_planner.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <optional>
#include <set>

#include "base/bytes.h"

namespace shoal::p2p {
namespace {

using std::chrono::seconds;

Digest digest() {
  return *Digest::parse("sha256:" + std::string(64, 'd'));
}
NodeId node(char fill) {
  return *NodeId::parse(std::string(32, fill));
}

// A blob of 1024 pieces of 128 KiB, four to a group.
class FetchPlannerTest : public testing::Test {
 protected:
  const store::PieceLayout layout_{128 * kMiB};
  FetchPlanner planner_{layout_, FetchPolicy{}};
  SwarmView view_{digest(), layout_.count(), node('1')};
  std::vector<bool> have_ = std::vector<bool>(layout_.count());
  std::vector<bool> fetching_ = std::vector<bool>(layout_.count());
  std::vector<UrgentPiece> urgent_;
  std::uint64_t rate_ = 100 * kMiB;
  Time now_ = Time{} + seconds(100);
  std::uint32_t patience_ = 1;
  std::chrono::milliseconds unheard_{0};  // since the last piece from a peer

  Pieces next() {
    FetchPlanner::State state(view_, have_, fetching_, urgent_);
    state.now = now_;
    state.last_arrival = now_ - unheard_;
    state.patience = patience_;
    state.request_bytes_per_second = rate_;
    return planner_.next(state);
  }
  void start(const Pieces& pieces) {
    for (const auto piece : pieces) fetching_[piece] = true;
  }
  void add_peer(PeerKey key, char fill, Time since) {
    view_.peer_joined(key, node(fill));
    view_.member_joined(node(fill), true, since);
  }
};

TEST_F(FetchPlannerTest, AloneItFetchesLongRunsFromTheFront) {
  const Pieces run = next();
  EXPECT_EQ(run.front(), 0U);
  EXPECT_EQ(run.size(), 128U);  // 16 MiB
}

TEST_F(FetchPlannerTest, OneThatHelpsOutYieldsToWhoseTurnComesBeforeItsOwn) {
  add_peer(1, '2', Time{});
  std::optional<std::uint32_t> ours, theirs;
  for (std::uint32_t group = 0; group < 64; ++group) {
    (view_.turn(group).rank == 0 ? ours : theirs) = group * 4;
  }
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(planner_.hesitation(view_, {*ours}, 0), std::chrono::milliseconds(0));
  EXPECT_GT(planner_.hesitation(view_, {*ours, *theirs}, 0), std::chrono::milliseconds(0));
  EXPECT_FALSE(planner_.outranked(view_, {*ours, *theirs}, now_));
  view_.member_claims(node('2'), {*ours}, now_);
  EXPECT_FALSE(planner_.outranked(view_, {*ours, *theirs}, now_)) << "it will yield to us";
  view_.member_claims(node('2'), {*theirs}, now_);
  EXPECT_TRUE(planner_.outranked(view_, {*ours, *theirs}, now_));
  EXPECT_FALSE(planner_.outranked(view_, {*ours, *theirs}, now_ + SwarmView::kClaimTimeout));
}

TEST_F(FetchPlannerTest, AClaimIsGivenMoreTimeWhereRequestsAreSlow) {
  add_peer(1, '2', Time{});
  std::uint32_t theirs = 0;
  while (view_.turn(theirs / 4).rank == 0) theirs += 4;
  const auto hesitation = [&](std::uint64_t bytes_per_second) {
    return planner_.hesitation(view_, {theirs}, bytes_per_second);
  };
  const FetchPolicy policy;
  EXPECT_EQ(hesitation(100'000'000), policy.claim_travels);
  EXPECT_EQ(hesitation(128 * 1024), std::chrono::milliseconds(125))
      << "an eighth of a second's request";
  EXPECT_EQ(hesitation(1), policy.claim_travels_max);
}

TEST_F(FetchPlannerTest, WhatPeersOfferMeanwhileIsCounted) {
  add_peer(1, '2', Time{});
  EXPECT_EQ(planner_.offered(view_, {3, 4, 5}), 0U);
  view_.peer_has(1, {4, 5, 6});
  EXPECT_EQ(planner_.offered(view_, {3, 4, 5}), 2U);
}

TEST_F(FetchPlannerTest, NodeThatBeginsAloneDoesNotClaimTheBlobBeforeOthersCome) {
  rate_ = 0;
  EXPECT_EQ(next().size(), 4U) << "one group, until it is known how fast upstream is";
  rate_ = 2 * kMiB;
  EXPECT_EQ(next().size(), 8U) << "half a second's worth";
}

TEST_F(FetchPlannerTest, RunsGetShorterTowardsTheEnd) {
  have_.assign(have_.size(), true);
  for (std::size_t i = 1000; i < have_.size(); ++i) have_[i] = false;
  EXPECT_EQ(next().size(), 3U);  // 24 missing, split over twice the four slots
}

TEST_F(FetchPlannerTest, PiecesInFlightAreNotAskedForAgain) {
  start(next());
  EXPECT_EQ(next().front(), 128U);
}

TEST_F(FetchPlannerTest, TwoMembersShareTheBlobWithoutOverlap) {
  add_peer(1, '2', now_);
  SwarmView other(digest(), layout_.count(), node('2'));
  other.member_joined(node('1'), true, now_);
  std::set<std::uint32_t> mine;
  for (Pieces run = next(); !run.empty(); run = next()) {
    start(run);
    mine.insert(run.begin(), run.end());
  }
  std::swap(view_, other);
  fetching_.assign(fetching_.size(), false);
  std::size_t theirs = 0;
  for (Pieces run = next(); !run.empty(); run = next()) {
    start(run);
    for (const auto piece : run) EXPECT_FALSE(mine.contains(piece)) << piece;
    theirs += run.size();
  }
  EXPECT_EQ(mine.size() + theirs, layout_.count());
}

TEST_F(FetchPlannerTest, WhatAPeerOffersIsLeftToTheSwarm) {
  add_peer(1, '2', now_);
  view_.peer_has_all(1);
  EXPECT_TRUE(next().empty());
}

TEST_F(FetchPlannerTest, WhatAMemberFetchedIsLeftToTheSwarm) {
  add_peer(1, '2', now_);
  Pieces all(layout_.count());
  std::iota(all.begin(), all.end(), 0U);
  view_.member_fetched(node('2'), all);
  EXPECT_TRUE(next().empty());
  unheard_ = seconds(9);
  EXPECT_FALSE(next().empty());
}

TEST_F(FetchPlannerTest, WhatOneThatLeftHadFetchedIsFetchedAgainWithinSeconds) {
  add_peer(1, '2', now_);
  Pieces all(layout_.count());
  std::iota(all.begin(), all.end(), 0U);
  view_.member_fetched(node('2'), all);
  view_.member_left(node('2'), now_);
  EXPECT_TRUE(next().empty()) << "others may have it and pass it on";
  now_ += SwarmView::kPassedOn;
  EXPECT_EQ(next().front(), 0U) << "though pieces go on arriving";
}

TEST_F(FetchPlannerTest, WhatOneThatLeftWasFetchingOrOfferedIsFetchedAtOnce) {
  add_peer(1, '2', now_);
  view_.peer_has(1, {0, 1, 2, 3});
  view_.member_claims(node('2'), {4, 5, 6, 7}, now_);
  view_.peer_left(1);
  view_.member_left(node('2'), now_);
  EXPECT_EQ(next().front(), 0U);
  start({0, 1, 2, 3});
  EXPECT_EQ(next().front(), 4U);
}

TEST_F(FetchPlannerTest, ThePatientWaitLongerForAStalledSwarm) {
  add_peer(1, '2', now_);
  view_.peer_has_all(1);
  patience_ = 2;
  unheard_ = seconds(9);
  EXPECT_TRUE(next().empty());
  unheard_ = seconds(17);
  EXPECT_FALSE(next().empty());
}

TEST_F(FetchPlannerTest, WhenTheSwarmStallsOfferedPiecesAreFetchedAfterAll) {
  add_peer(1, '2', now_);
  view_.peer_has_all(1);
  unheard_ = seconds(9);
  EXPECT_FALSE(next().empty());
}

TEST_F(FetchPlannerTest, IdleMemberTakesWhatItsOwnerHasNotClaimedInTime) {
  add_peer(1, '2', now_);
  for (Pieces run = next(); !run.empty(); run = next()) start(run);
  now_ += seconds(2);
  const Pieces stolen = next();
  ASSERT_FALSE(stolen.empty());
  EXPECT_LE(stolen.size(), 4U) << "one group at a time";
  view_.member_claims(node('2'), stolen, now_);
  const Pieces another = next();
  ASSERT_FALSE(another.empty());
  EXPECT_NE(another.front(), stolen.front()) << "a claimed piece is its claimer's";
}

TEST_F(FetchPlannerTest, TwoIdleMembersNeverTakeTheSame) {
  // The owner hangs; of the two others, only the next in rank takes a group at first.
  add_peer(1, '2', now_);
  add_peer(2, '3', now_);
  SwarmView other(digest(), layout_.count(), node('3'));
  other.member_joined(node('2'), true, now_);
  other.member_joined(node('1'), true, now_);
  std::size_t left = 0;  // what belongs to the one that hangs
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    have_[piece] = view_.turn(piece / 4).rank == 0 || other.turn(piece / 4).rank == 0;
    left += !have_[piece];
  }
  now_ += std::chrono::milliseconds(1500);
  // In turns, each hearing of the other's claims.
  std::array<std::set<std::uint32_t>, 2> taken;
  std::vector<bool> others_fetching(layout_.count());
  for (std::size_t idle = 0, turn = 0; idle < 2; turn = 1 - turn) {
    const Pieces run = next();
    idle = run.empty() ? idle + 1 : 0;
    start(run);
    taken[turn].insert(run.begin(), run.end());
    other.member_claims(turn == 0 ? node('1') : node('3'), run, now_);
    std::swap(view_, other);
    std::swap(fetching_, others_fetching);
  }
  for (const auto piece : taken[1]) EXPECT_FALSE(taken[0].contains(piece)) << piece;
  EXPECT_EQ(taken[0].size() + taken[1].size(), left);
}

TEST_F(FetchPlannerTest, UrgentPieceOfAnotherIsTakenSoonerThanOthers) {
  add_peer(1, '2', now_);
  std::uint32_t theirs = 0;
  while (view_.turn(theirs / 4).rank == 0) ++theirs;
  now_ += seconds(60);
  urgent_ = {UrgentPiece(theirs, now_)};
  EXPECT_NE(next().front(), theirs) << "its owner is given time, however long the swarm is there";
  now_ += std::chrono::milliseconds(1100);
  EXPECT_EQ(next().front(), theirs);
}

TEST_F(FetchPlannerTest, UrgentPieceOfOursComesFirst) {
  add_peer(1, '2', now_);
  std::uint32_t ours = layout_.count() - 1;
  while (view_.turn(ours / 4).rank != 0) --ours;
  urgent_ = {UrgentPiece(ours, now_)};
  EXPECT_EQ(next().front(), ours);
}

TEST_F(FetchPlannerTest, StealingStartsWhereWeAreNextInRank) {
  for (const auto& [key, fill] : {std::pair{1, '2'}, std::pair{2, '3'}, std::pair{3, '4'}}) {
    add_peer(static_cast<PeerKey>(key), fill, now_ - seconds(60));
  }
  for (std::uint32_t piece = 0; piece < layout_.count(); ++piece) {
    have_[piece] = view_.turn(piece / 4).rank == 0;
  }
  const Pieces stolen = next();
  ASSERT_FALSE(stolen.empty());
  EXPECT_EQ(view_.turn(stolen.front() / 4).rank, 1U);
}

TEST_F(FetchPlannerTest, FrontThatItsOwnersAreLateWithComesBeforeOurOwnFurtherOn) {
  add_peer(1, '2', now_ - seconds(60));
  // Ours begins after more than a window of groups that are all the other's.
  std::uint32_t group = 0;
  std::uint32_t theirs = 0;
  for (; group < layout_.count() / 4; ++group) {
    const bool ours = view_.turn(group).rank == 0;
    theirs += !ours;
    if (ours && theirs > 4) break;
    if (!ours) continue;
    for (std::uint32_t piece = group * 4; piece < group * 4 + 4; ++piece) have_[piece] = true;
  }
  const Pieces run = next();
  ASSERT_FALSE(run.empty());
  EXPECT_LT(run.front(), group * 4);
}

TEST_F(FetchPlannerTest, WhereNothingNearTheFrontIsOursYetOwnGroupsFurtherOnAreFetched) {
  add_peer(1, '2', now_);  // just now: its groups are its own for a second
  for (std::uint32_t piece = 0; piece < 256; ++piece)
    have_[piece] = view_.turn(piece / 4).rank == 0;
  const Pieces run = next();
  ASSERT_FALSE(run.empty());
  EXPECT_GE(run.front(), 256U);
  EXPECT_EQ(view_.turn(run.front() / 4).rank, 0U);
}

TEST_F(FetchPlannerTest, RequestsInASwarmAreAsLongAsTheLineIsFast) {
  add_peer(1, '2', now_);
  rate_ = 0;
  EXPECT_EQ(next().size(), 1U) << "the first shows how fast it is";
  rate_ = 100 * kKiB;
  EXPECT_EQ(next().size(), 1U) << "half a second is less than a piece";
  rate_ = 100 * kMiB;
  EXPECT_GE(next().size(), 4U);
  EXPECT_LE(next().size(), 8U) << "1 MiB at most";
}

TEST_F(FetchPlannerTest, RequestsSideBySideGetFewerAsTheSwarmGrows) {
  EXPECT_EQ(planner_.slots(view_), 4U);
  add_peer(1, '2', now_);
  EXPECT_EQ(planner_.slots(view_), 4U);
  for (PeerKey key = 2; key < 8; ++key) add_peer(key, static_cast<char>('1' + key), now_);
  EXPECT_EQ(planner_.slots(view_), 2U);
}

TEST_F(FetchPlannerTest, NodeThatIsNoFetcherGoesUpstreamOnlyWhenTheSwarmStalls) {
  view_ = SwarmView(digest(), layout_.count(), node('1'), 1);
  int added = 0;
  while (view_.is_fetcher()) {
    add_peer(static_cast<PeerKey>(added + 1), static_cast<char>('2' + added), now_ - seconds(60));
    ASSERT_LT(++added, 8);
  }
  urgent_ = {UrgentPiece(0, now_ - seconds(60))};
  EXPECT_TRUE(next().empty());
  unheard_ = seconds(9);
  EXPECT_FALSE(next().empty());
}

TEST_F(FetchPlannerTest, NothingIsAskedForWhenAllIsHere) {
  have_.assign(have_.size(), true);
  EXPECT_TRUE(next().empty());
}

}  // namespace
}  // namespace shoal::p2p
