#include "base/repository_filter.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

struct MatchCase {
  const char* pattern;
  const char* name;
  bool match;
};

TEST(RepositoryFilterTest, Patterns) {
  const MatchCase cases[] = {
      {"library/python", "library/python", true},
      {"library/python", "library/python3", false},
      {"library/*", "library/python", true},
      {"library/*", "library/a/b", false},
      {"library/*", "library", false},
      {"library/**", "library/a/b", true},
      {"**", "anything/at/all", true},
      {"*", "alone", true},
      {"*", "a/b", false},
      {"*/b", "a/b", true},
      {"**/b", "x/y/b", true},
      {"a*c/d", "abc/d", true},
      {"a*c/d", "ac/d", true},
      {"a*c/d", "ab/c/d", false},
      {"a**d", "ab/c/d", true},
      {"team-*/app", "team-1/app", true},
      {"team-*/app", "team/app", false},
      {"a***c", "a/b/c", true},
  };
  for (const MatchCase& each : cases) {
    EXPECT_EQ(matches(each.pattern, each.name), each.match) << each.pattern << " " << each.name;
  }
}

TEST(RepositoryFilterTest, ManyStarsCostNoMoreThanTheirLength) {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "a*";
  EXPECT_FALSE(matches(pattern, std::string(254, 'a') + "/"));
}

bool permits(const RepositoryFilter& filter, const char* name) {
  return filter.permits(*RepositoryName::parse(name));
}

TEST(RepositoryFilterTest, DenyWinsAndAllowIsExhaustive) {
  EXPECT_TRUE(permits(RepositoryFilter(), "a"));
  const auto both = RepositoryFilter::create({"library/*", "acme/**"}, {"acme/secret/**"});
  ASSERT_TRUE(both);
  EXPECT_TRUE(permits(*both, "library/x"));
  EXPECT_TRUE(permits(*both, "acme/a/b"));
  EXPECT_FALSE(permits(*both, "acme/secret/b"));
  EXPECT_FALSE(permits(*both, "other"));
  const auto deny = RepositoryFilter::create({}, {"acme/**"});
  ASSERT_TRUE(deny);
  EXPECT_TRUE(permits(*deny, "other"));
  EXPECT_FALSE(permits(*deny, "acme/a"));
}

TEST(RepositoryFilterTest, PatternsThatFitNothingAreErrors) {
  for (const std::string& pattern :
       {std::string(), std::string("/a"), std::string("a/"), std::string("A"), std::string("a b"),
        std::string("a?"), std::string("[a]"), std::string(256, 'a')}) {
    EXPECT_FALSE(RepositoryFilter::create({pattern}, {})) << pattern;
    EXPECT_FALSE(RepositoryFilter::create({}, {pattern})) << pattern;
  }
  EXPECT_FALSE(RepositoryFilter::create(std::vector<std::string>(257, "a"), {}));
}

}  // namespace
}  // namespace shoal
