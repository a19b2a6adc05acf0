#include "upstream/challenge.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

TEST(ChallengeTest, BearerWithItsParameters) {
  const auto challenges = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  ASSERT_EQ(challenges.size(), 1U);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].parameter("realm"), "https://auth.docker.io/token");
  EXPECT_EQ(challenges[0].parameter("service"), "registry.docker.io");
  EXPECT_EQ(challenges[0].parameter("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(challenges[0].parameter("error"), std::nullopt);
}

TEST(ChallengeTest, SeveralInOneHeader) {
  const auto challenges =
      parse_challenges(R"(Negotiate YII=, , BASIC Realm = "x" ,Bearer realm=plain, a="b\"c\\")");
  ASSERT_EQ(challenges.size(), 3U);
  EXPECT_EQ(challenges[0].scheme, "negotiate");
  EXPECT_TRUE(challenges[0].parameters.empty());
  EXPECT_EQ(challenges[1].scheme, "basic");
  EXPECT_EQ(challenges[1].parameter("realm"), "x");
  EXPECT_EQ(challenges[2].parameter("realm"), "plain");
  EXPECT_EQ(challenges[2].parameter("a"), R"(b"c\)");
}

TEST(ChallengeTest, SchemesAlone) {
  const auto challenges = parse_challenges("Negotiate, NTLM");
  ASSERT_EQ(challenges.size(), 2U);
  EXPECT_EQ(challenges[1].scheme, "ntlm");
}

TEST(ChallengeTest, CommaInsideQuotesSeparatesNothing) {
  const auto challenges = parse_challenges(R"(Bearer scope="a,Basic realm=x", realm="y")");
  ASSERT_EQ(challenges.size(), 1U);
  EXPECT_EQ(challenges[0].parameter("realm"), "y");
}

TEST(ChallengeTest, ReadingEndsAtGarbage) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(" ,,, ").empty());
  EXPECT_TRUE(parse_challenges("\x01").empty());
  EXPECT_TRUE(parse_challenges("=x").empty());
  EXPECT_TRUE(parse_challenges("realm=\"no scheme\"").empty());
  const auto cut = parse_challenges("Bearer realm=\"never closed");
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_TRUE(cut[0].parameters.empty());
  const auto control = parse_challenges("Bearer a=\"b\", realm=\"x\ny\"");
  ASSERT_EQ(control.size(), 1U);
  EXPECT_EQ(control[0].parameters.size(), 1U);
  EXPECT_EQ(parse_challenges("Bearer realm=\"x\\").size(), 1U);
}

TEST(ChallengeTest, LimitsHold) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "S" + std::to_string(i) + ", ";
  EXPECT_EQ(parse_challenges(many).size(), 16U);
  std::string parameters = "Bearer ";
  for (int i = 0; i < 100; ++i) parameters += "p" + std::to_string(i) + "=1, ";
  EXPECT_EQ(parse_challenges(parameters).at(0).parameters.size(), 32U);
  EXPECT_TRUE(parse_challenges("Bearer realm=\"" + std::string(9000, 'a') + "\"").empty());
}

}  // namespace
}  // namespace shoal::upstream
