#include "loadtest/simulation/simulation.h"

#include <gtest/gtest.h>

namespace shoal::simulation {
namespace {

// 200 nodes, of which each knows 16, and a blob of 64 pieces.
Options small() {
  Options options;
  options.nodes = 200;
  options.neighbours = 16;
  options.blob_bytes = 8 << 20;
  options.election.fetchers_max = 16;
  options.give_up_s = 300;
  return options;
}

TEST(SimulationTest, AllFinishSoonWithOneCopyFromUpstream) {
  const Outcome outcome = simulate(small());
  EXPECT_EQ(outcome.finished, 200U);
  EXPECT_EQ(outcome.stuck, 0U);
  EXPECT_LT(outcome.upstream_copies, 1.05);
  EXPECT_GE(outcome.upstream_copies, 1.0);
  EXPECT_LT(outcome.last_s, 3 * outcome.bound_s);
  EXPECT_LE(outcome.fetchers, 16U);
}

TEST(SimulationTest, TheSameSeedGivesTheSameRun) {
  Options options = small();
  options.nodes = 60;
  options.loss = 0.01;
  options.churn = 0.2;
  const Outcome first = simulate(options);
  const Outcome second = simulate(options);
  EXPECT_EQ(first.last_s, second.last_s);
  EXPECT_EQ(first.counters.events, second.counters.events);
  options.seed = 2;
  EXPECT_NE(simulate(options).counters.events, first.counters.events);
}

TEST(SimulationTest, NodesThatDieAndComeBackAndADyingFetcherAreSurvived) {
  Options options = small();
  options.churn = 0.25;
  options.churn_from_s = 0.5;
  options.churn_until_s = 2;
  options.dying_fetchers = 2;
  options.stalling_fetchers = 1;
  const Outcome outcome = simulate(options);
  EXPECT_GT(outcome.counters.failures, 20U);
  EXPECT_EQ(outcome.finished, 200U);
  EXPECT_EQ(outcome.stuck, 0U);
  EXPECT_LT(outcome.upstream_copies, 1.6);
}

TEST(SimulationTest, SurvivorsFinishThoughAQuarterStaysAway) {
  Options options = small();
  options.churn = 0.25;
  options.churn_from_s = 0.3;
  options.churn_until_s = 1;
  options.restart_after_s = 0;
  const Outcome outcome = simulate(options);
  EXPECT_EQ(outcome.stuck, 0U);
  EXPECT_GT(outcome.finished, 130U);
  EXPECT_LT(outcome.finished, 200U);
}

TEST(SimulationTest, NodesWithoutCredentialsGetItFromThoseThatHaveThem) {
  Options options = small();
  options.strangers = 0.5;
  const Outcome outcome = simulate(options);
  EXPECT_EQ(outcome.finished, 200U);
  EXPECT_LT(outcome.upstream_copies, 1.2);
}

TEST(SimulationTest, LostPacketsCostLittle) {
  Options options = small();
  options.loss = 0.01;
  const Outcome outcome = simulate(options);
  EXPECT_EQ(outcome.finished, 200U);
  EXPECT_LT(outcome.upstream_copies, 1.1);
}

TEST(SimulationTest, TheRarestOfAWindowSpreadFasterThanPiecesInOrder) {
  Options options = small();
  const Outcome rarest = simulate(options);
  options.window = 1;
  options.strict = true;
  const Outcome in_order = simulate(options);
  EXPECT_EQ(rarest.finished, 200U);
  EXPECT_LT(rarest.last_s, in_order.last_s);
}

TEST(SimulationTest, FewUploadSlotsHoldNobodyUpForEver) {
  Options options = small();
  options.upload_slots = 4;
  const Outcome outcome = simulate(options);
  EXPECT_EQ(outcome.finished, 200U);
  EXPECT_LT(outcome.upstream_copies, 1.1);
}

TEST(SimulationTest, WithoutGossipTheSwarmGoesUpstreamManyTimes) {
  Options options = small();
  options.gossip = false;
  EXPECT_GT(simulate(options).upstream_copies, 1.5);
}

TEST(SimulationTest, ASmallSwarmIsAFullMesh) {
  Options options = small();
  options.nodes = 8;
  const Outcome outcome = simulate(options);
  EXPECT_EQ(outcome.finished, 8U);
  EXPECT_LT(outcome.upstream_copies, 1.1);
}

TEST(SimulationTest, TheBoundIsTheSlowestOfThreeLines) {
  Options options;
  options.nodes = 10;
  options.blob_bytes = 100;
  options.node_rate = 50;
  options.upstream_rate = 10;
  EXPECT_DOUBLE_EQ(bound_seconds(options), 10.0);
  options.upstream_rate = 1000;
  EXPECT_DOUBLE_EQ(bound_seconds(options), 2.0);
  options.upstream_rate = 50;
  EXPECT_DOUBLE_EQ(bound_seconds(options), 2.0);
}

}  // namespace
}  // namespace shoal::simulation
