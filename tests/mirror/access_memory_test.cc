#include "mirror/access_memory.h"

#include <gtest/gtest.h>

namespace shoal::mirror {
namespace {

Repository named(const std::string& name) {
  return Repository(*RegistryName::parse("docker.io"), *RepositoryName::parse(name));
}

TEST(AccessMemoryTest, EachCredentialHasItsOwnAnswer) {
  AccessMemory memory;
  memory.grant(named("a"), "key", SteadyTime(std::chrono::seconds(1)));
  memory.refuse(named("a"), "", 401, {"Basic realm=\"x\""}, SteadyTime(std::chrono::seconds(2)));
  ASSERT_TRUE(memory.find(named("a"), "key"));
  EXPECT_TRUE(memory.find(named("a"), "key")->is_granted);
  const auto anybody = memory.find(named("a"), "");
  ASSERT_TRUE(anybody);
  EXPECT_FALSE(anybody->is_granted);
  EXPECT_EQ(anybody->status, 401);
  EXPECT_EQ(anybody->challenges.size(), 1U);
  EXPECT_FALSE(memory.find(named("b"), "key"));
  EXPECT_FALSE(memory.is_open(named("a")));
}

TEST(AccessMemoryTest, TheLastAnswerCounts) {
  AccessMemory memory;
  memory.grant(named("a"), "", SteadyTime());
  EXPECT_TRUE(memory.is_open(named("a")));
  memory.refuse(named("a"), "", 403, {}, SteadyTime());
  EXPECT_FALSE(memory.is_open(named("a")));
  memory.forget(named("a"), "");
  EXPECT_FALSE(memory.find(named("a"), ""));
  memory.forget(named("a"), "");
  EXPECT_EQ(memory.size(), 0U);
}

TEST(AccessMemoryTest, WhatIsUsedLeastMakesRoom) {
  AccessMemory memory;
  memory.grant(named("kept"), "", SteadyTime());
  memory.grant(named("lost"), "", SteadyTime());
  for (std::size_t i = 0; i < AccessMemory::kEntriesMax - 1; ++i) {
    (void)memory.find(named("kept"), "");
    memory.grant(named("other"), std::to_string(i), SteadyTime());
  }
  EXPECT_EQ(memory.size(), AccessMemory::kEntriesMax);
  EXPECT_TRUE(memory.find(named("kept"), ""));
  EXPECT_FALSE(memory.find(named("lost"), ""));
}

}  // namespace
}  // namespace shoal::mirror
