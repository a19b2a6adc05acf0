#include "transfer/audit_plan.h"

#include <gtest/gtest.h>

namespace shoal::transfer {
namespace {

p2p::Pieces all_of(AuditPlan& plan) {
  p2p::Pieces out;
  while (const auto piece = plan.next()) out.push_back(*piece);
  return out;
}

TEST(AuditPlanTest, TakesOneOfEachInTurn) {
  AuditPlan plan({{1, 2, 3}, {10}, {20, 21}});
  EXPECT_EQ(all_of(plan), (p2p::Pieces{1, 10, 20, 2, 21, 3}));
  EXPECT_TRUE(plan.guilty().empty());
}

TEST(AuditPlanTest, EndsAfterTheRoundThatFoundSomething) {
  AuditPlan plan({{1, 2}, {10, 11}, {20, 21}});
  EXPECT_EQ(plan.next(), 1U);
  EXPECT_EQ(plan.next(), 10U);
  plan.bad();
  EXPECT_EQ(plan.next(), 20U) << "the others of this round are looked at still";
  plan.bad();
  EXPECT_EQ(plan.next(), std::nullopt);
  EXPECT_EQ(plan.guilty(), (std::vector<std::size_t>{1, 2}));
}

TEST(AuditPlanTest, NobodyIsSuspected) {
  AuditPlan none({});
  EXPECT_EQ(none.next(), std::nullopt);
  AuditPlan empty({{}, {}});
  EXPECT_EQ(empty.next(), std::nullopt);
}

}  // namespace
}  // namespace shoal::transfer
