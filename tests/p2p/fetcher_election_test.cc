#include "p2p/fetcher_election.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "p2p/fetcher_rank.h"

namespace shoal::p2p {
namespace {

using std::chrono::milliseconds;

Digest digest() {
  return *Digest::parse("sha256:" + std::string(64, 'd'));
}

NodeId node(std::uint32_t number) {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = "0123456789abcdef"[(number >> (4 * i)) & 15];
  return *NodeId::parse(text);
}

Candidate candidate(std::uint32_t number, bool eligible = true, std::uint32_t incarnation = 0) {
  return Candidate(node(number), "10.0.0.1:" + std::to_string(number), incarnation, eligible);
}

// Nodes by rank: the first of `count` that would fetch.
std::vector<std::uint32_t> by_rank(std::uint32_t count) {
  std::vector<std::uint32_t> numbers(count);
  for (std::uint32_t i = 0; i < count; ++i) numbers[i] = i;
  std::sort(numbers.begin(), numbers.end(), [](std::uint32_t a, std::uint32_t b) {
    return fetcher_rank(digest(), node(a)) < fetcher_rank(digest(), node(b));
  });
  return numbers;
}

// 200 members known by number; two fetchers and two spares.
class FetcherElectionTest : public testing::Test {
 protected:
  const std::vector<std::uint32_t> ranked_ = by_rank(200);
  ElectionOptions options_ = small();
  Time now_ = Time{} + std::chrono::seconds(100);

  static ElectionOptions small() {
    ElectionOptions options;
    options.fetchers_max = 2;
    options.spares = 2;
    return options;
  }
  FetcherElection election(std::size_t place) {
    return FetcherElection(digest(), node(ranked_[place]), "10.0.0.1:1", options_, now_);
  }
  Candidate at(std::size_t place, bool eligible = true, std::uint32_t incarnation = 0) {
    return candidate(ranked_[place], eligible, incarnation);
  }
};

TEST_F(FetcherElectionTest, AloneItIsTheFetcherAndNeedNotWait) {
  const FetcherElection one = election(100);
  EXPECT_TRUE(one.is_fetcher());
  EXPECT_TRUE(one.fellows().empty());
  EXPECT_TRUE(one.settled(now_));
  EXPECT_EQ(one.members_estimate(), 1U);
  EXPECT_EQ(one.patience(), 1U);
}

TEST_F(FetcherElectionTest, WhoKnowsEnoughBetterOnesIsNoFetcher) {
  FetcherElection one = election(100);
  one.heard({at(5)}, now_);
  EXPECT_TRUE(one.is_fetcher());
  one.heard({at(3)}, now_);
  EXPECT_FALSE(one.is_fetcher());
  EXPECT_TRUE(one.fellows().empty()) << "only fetchers connect to fetchers";
}

TEST_F(FetcherElectionTest, FetchersConnectToEachOther) {
  FetcherElection one = election(4);
  one.heard({at(9), at(2), at(30)}, now_);
  const Candidates fellows = one.fellows();
  ASSERT_EQ(fellows.size(), 1U);
  EXPECT_EQ(fellows[0].node, node(ranked_[2]));
  EXPECT_EQ(fellows[0].endpoint, "10.0.0.1:" + std::to_string(ranked_[2]));
}

TEST_F(FetcherElectionTest, OnlyTheBestArePassedOn) {
  FetcherElection one = election(50);
  for (std::size_t place = 199; place > 99; --place) one.heard({at(place)}, now_);
  one.heard({at(1), at(2), at(3), at(4), at(5)}, now_);
  const Candidates news = one.gossip_due(now_);
  std::set<NodeId> named;
  for (const Candidate& c : news) named.insert(c.node);
  EXPECT_EQ(named, (std::set<NodeId>{node(ranked_[1]), node(ranked_[2]), node(ranked_[3]),
                                     node(ranked_[4])}));
}

TEST_F(FetcherElectionTest, NewsAreToldOnceAndNotTooOften) {
  FetcherElection one = election(10);
  one.heard({at(1)}, now_);
  EXPECT_EQ(one.gossip_due(now_).size(), 1U);
  one.heard({at(1), at(2)}, now_);
  EXPECT_TRUE(one.gossip_due(now_ + milliseconds(1)).empty());
  EXPECT_TRUE(one.has_news());
  const Candidates later = one.gossip_due(now_ + options_.gossip_every);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].node, node(ranked_[2]));
  EXPECT_FALSE(one.has_news());
}

TEST_F(FetcherElectionTest, ANewNeighbourIsToldTheWholeListAndOfUs) {
  FetcherElection one = election(100);
  one.heard({at(1), at(2), at(3), at(4)}, now_);
  const Candidates known = one.known();
  ASSERT_EQ(known.size(), 5U);
  EXPECT_EQ(known.back().node, node(ranked_[100]));
}

TEST_F(FetcherElectionTest, OneThatIsLostIsReplacedByTheSpareAtOnce) {
  FetcherElection spare = election(2);
  spare.heard({at(0), at(1), at(3)}, now_);
  EXPECT_FALSE(spare.is_fetcher());
  spare.heard({at(0, false)}, now_);
  EXPECT_TRUE(spare.is_fetcher());
  FetcherElection outsider = election(20);
  outsider.heard({at(0), at(1), at(2), at(3)}, now_);
  outsider.heard({at(0, false)}, now_);
  EXPECT_FALSE(outsider.is_fetcher());
}

TEST_F(FetcherElectionTest, WhenSparesRunOutOthersOfferThemselves) {
  FetcherElection outsider = election(20);
  outsider.heard({at(0), at(1), at(2), at(3)}, now_);
  outsider.gossip_due(now_);
  outsider.heard({at(0, false)}, now_);
  now_ += options_.gossip_every;
  EXPECT_EQ(outsider.gossip_due(now_).size(), 1U) << "what it heard, and no offer yet";
  outsider.heard({at(1, false)}, now_);
  now_ += options_.gossip_every;
  const Candidates news = outsider.gossip_due(now_);
  EXPECT_TRUE(std::any_of(news.begin(), news.end(), [&](const Candidate& c) {
    return c.node == node(ranked_[20]) && c.eligible;
  }));
}

TEST_F(FetcherElectionTest, AnOldWordDoesNotBringBackOneThatIsGone) {
  FetcherElection one = election(10);
  one.heard({at(1)}, now_);
  one.lost(node(ranked_[1]), now_);
  one.heard({at(1)}, now_);
  EXPECT_EQ(one.members_estimate(), 1U);
  one.heard({at(1, true, 1)}, now_);
  EXPECT_EQ(one.members_estimate(), 2U) << "its own, newer word does";
}

TEST_F(FetcherElectionTest, TheWordOfAnUnknownOneThatIsGoneIsRemembered) {
  FetcherElection one = election(10);
  one.heard({at(1, false)}, now_);
  one.heard({at(1, true)}, now_);
  EXPECT_EQ(one.members_estimate(), 1U);
}

TEST_F(FetcherElectionTest, AWrongRumourOfItsDeathIsAnswered) {
  FetcherElection one = election(1);
  one.heard({at(1, false)}, now_);
  const Candidates answer = one.gossip_due(now_);
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_TRUE(answer[0].eligible);
  EXPECT_EQ(answer[0].incarnation, 1U);
  FetcherElection other = election(5);
  other.heard({at(1, false)}, now_);
  other.heard(answer, now_);
  EXPECT_EQ(other.members_estimate(), 2U);
}

TEST_F(FetcherElectionTest, WhoLosesItsCredentialsLeavesTheListAndComesBack) {
  FetcherElection one = election(1);
  FetcherElection other = election(2);
  other.heard(one.known(), now_);
  one.set_eligible(false, now_);
  other.heard(one.gossip_due(now_), now_);
  EXPECT_EQ(other.members_estimate(), 1U);
  EXPECT_TRUE(one.fellows().empty());
  one.set_eligible(true, now_);
  other.heard(one.gossip_due(now_ + options_.gossip_every), now_);
  EXPECT_EQ(other.members_estimate(), 2U);
}

TEST_F(FetcherElectionTest, TheViewIsToldOfStrangersOnly) {
  FetcherElection one = election(10);
  one.introduced(node(ranked_[1]));
  one.heard({at(1), at(2)}, now_);
  const Candidates changes = one.changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].node, node(ranked_[2]));
  EXPECT_TRUE(one.changes().empty());
  one.heard({at(2, false)}, now_);
  const Candidates gone = one.changes();
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_FALSE(gone[0].eligible);
}

TEST_F(FetcherElectionTest, WithStrangersAboutItWaitsUntilTheListIsQuiet) {
  FetcherElection one = election(1);
  one.introduced(node(ranked_[7]));
  one.heard({at(7)}, now_);
  EXPECT_TRUE(one.settled(now_)) << "a small swarm does not wait";
  one.heard({at(0)}, now_);
  EXPECT_FALSE(one.settled(now_));
  EXPECT_TRUE(one.settled(now_ + options_.quiet));
}

TEST_F(FetcherElectionTest, WhereNotAllAreConnectedEvenTheFirstWaitsForOthers) {
  FetcherElection one = election(0);
  one.set_mesh_partial(true);
  EXPECT_FALSE(one.settled(now_));
  EXPECT_TRUE(one.settled(now_ + options_.quiet));
}

TEST_F(FetcherElectionTest, AListThatIsNeverQuietHoldsNobodyUpForEver) {
  FetcherElection one = election(0);
  for (std::size_t place = 100; place > 1; --place) {
    now_ += milliseconds(100);
    one.heard({at(place)}, now_);
  }
  EXPECT_TRUE(one.settled(now_));
}

TEST_F(FetcherElectionTest, TheSizeOfTheSwarmIsGuessedFromTheBest) {
  options_ = ElectionOptions();
  FetcherElection one(digest(), node(1), "10.0.0.1:1", options_, now_);
  for (std::uint32_t i = 2; i <= 10'000; ++i) one.heard({candidate(i)}, now_);
  EXPECT_NEAR(static_cast<double>(one.members_estimate()), 10'000, 2500);
}

TEST_F(FetcherElectionTest, TheFartherDownTheMorePatient) {
  FetcherElection next = election(5);
  FetcherElection last = election(199);
  const Candidates best{at(0), at(1), at(2), at(3)};
  next.heard(best, now_);
  last.heard(best, now_);
  EXPECT_LE(next.patience(), 2U);
  EXPECT_GE(last.patience(), 4U);
  EXPECT_LE(last.patience(), 8U);
}

TEST_F(FetcherElectionTest, ALyingIncarnationDoesNotSilenceAnybody) {
  FetcherElection one = election(1);
  one.heard({at(1, false, 0xffffffff)}, now_);
  EXPECT_FALSE(one.has_news());
  one.heard({at(2, false, FetcherElection::kIncarnationMax + 1)}, now_);
  one.heard({at(2)}, now_);
  EXPECT_EQ(one.members_estimate(), 2U);
}

TEST_F(FetcherElectionTest, WhatIsRememberedIsBounded) {
  options_.fetchers_max = 1000;
  FetcherElection one(digest(), node(1), "10.0.0.1:1", options_, now_);
  for (std::uint32_t i = 2; i < 2000; ++i) one.heard({candidate(i, false)}, now_);
  EXPECT_LE(one.gossip_due(now_).size(), FetcherElection::kGoneMax);
}

// A random mesh in which nobody knows more than a few: all lists become the same in a few rounds.
TEST_F(FetcherElectionTest, AllComeToTheSameListInAFewRounds) {
  constexpr std::uint32_t kNodes = 200;
  options_.fetchers_max = 8;
  std::vector<FetcherElection> all;
  for (std::uint32_t i = 0; i < kNodes; ++i)
    all.emplace_back(digest(), node(i), "10.0.0.1:" + std::to_string(i), options_, now_);
  const auto neighbours = [](std::uint32_t i) {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t step : {1U, 7U, 31U, 77U}) {
      out.push_back((i + step) % kNodes);
      out.push_back((i + kNodes - step) % kNodes);
    }
    return out;
  };
  for (std::uint32_t i = 0; i < kNodes; ++i) {
    for (const std::uint32_t other : neighbours(i)) {
      all[i].introduced(node(other));
      all[i].heard(all[other].known(), now_);
    }
  }
  for (int round = 0; round < 5; ++round) {
    now_ += options_.gossip_every;
    std::vector<Candidates> said;
    for (FetcherElection& one : all) said.push_back(one.gossip_due(now_));
    for (std::uint32_t i = 0; i < kNodes; ++i)
      for (const std::uint32_t other : neighbours(i)) all[other].heard(said[i], now_);
  }
  std::set<std::uint32_t> fetchers;
  for (std::uint32_t i = 0; i < kNodes; ++i)
    if (all[i].is_fetcher()) fetchers.insert(i);
  EXPECT_EQ(fetchers, std::set<std::uint32_t>(ranked_.begin(), ranked_.begin() + 8));
  EXPECT_EQ(all[ranked_[0]].fellows().size(), 7U);
}

}  // namespace
}  // namespace shoal::p2p
