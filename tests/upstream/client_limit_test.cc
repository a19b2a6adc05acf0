// Registries that limit requests, and tags that have not changed.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

Answer manifest(const std::string& content) {
  Answer answer(200, content);
  answer.set("Docker-Content-Digest", sha256_of(content).text());
  answer.set("ratelimit-limit", "100;w=21600");
  answer.set("ratelimit-remaining", "41;w=21600");
  return answer;
}

Answer too_many(const std::string& retry_after) {
  Answer answer(429, "");
  if (!retry_after.empty()) answer.set("Retry-After", retry_after);
  return answer;
}

TEST_F(ClientTest, LimitsAreMetrics) {
  registry_.on("HEAD", manifest_path("latest"), {manifest("{}")});
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_EQ(metrics_.upstream_ratelimit("reg.test").Value(), 100);
  EXPECT_EQ(metrics_.upstream_ratelimit_remaining("reg.test").Value(), 41);
}

TEST_F(ClientTest, ARegistryThatWantsNoRequestsGetsNone) {
  registry_.on("GET", manifest_path("latest"), {too_many("3600")});
  registry_.on("HEAD", manifest_path("latest"), {manifest("{}")});
  registry_.on("GET", manifest_path("other"), {manifest("{}")});
  EXPECT_EQ(get_manifest("latest").error().retry_after_s, 3600);
  const auto again = get_manifest("other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::rate_limited);
  EXPECT_GT(again.error().retry_after_s, 200);
  EXPECT_EQ(registry_.seen().size(), 1U);
  EXPECT_EQ(metrics_.upstream_held_requests("reg.test").Value(), 1);
  EXPECT_TRUE(head_manifest("latest")) << "what is not limited is still asked";
}

TEST_F(ClientTest, AShortWaitIsWaitedFor) {
  registry_.on("GET", manifest_path("latest"), {too_many("1"), manifest("{}")});
  EXPECT_TRUE(get_manifest("latest"));
  EXPECT_EQ(metrics_.upstream_held_requests("reg.test").Value(), 0);
}

TEST_F(ClientTest, ALimitWithoutAWaitHoldsNothingBack) {
  registry_.on("GET", manifest_path("latest"), {too_many(""), manifest("{}")});
  EXPECT_TRUE(get_manifest("latest"));
}

TEST_F(ClientTest, AnUnchangedTagCostsNoBodyWhereHeadDoesNotTell) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(405, "")});
  registry_.on("GET", manifest_path("latest"), [](const Seen& request) {
    if (request.header("if-none-match") == "\"one\"") return Answer(304, "");
    Answer answer(200, "{}");
    answer.set("ETag", "\"one\"");
    return answer;
  });
  const auto first = head_manifest("latest");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->content, "{}");
  const auto second = head_manifest("latest");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->descriptor, first->descriptor);
  EXPECT_EQ(second->content, std::nullopt);
  EXPECT_EQ(requests("304"), 1);
}

TEST_F(ClientTest, AHeadThatSaysNotModifiedNeedsNoGet) {
  Answer answer(200, "{}");  // without a digest: HEAD alone does not tell
  answer.set("ETag", "\"one\"");
  registry_.on("HEAD", manifest_path("latest"), [answer](const Seen& request) {
    return request.header("if-none-match") == "\"one\"" ? Answer(304, "") : answer;
  });
  registry_.on("GET", manifest_path("latest"), {answer});
  ASSERT_TRUE(head_manifest("latest"));
  const auto second = head_manifest("latest");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->descriptor.digest, sha256_of("{}"));
  EXPECT_EQ(registry_.seen("GET", manifest_path("latest")).size(), 1U);
}

TEST_F(ClientTest, AnotherAcceptIsAnotherAnswer) {
  Answer answer(200, "{}");
  answer.set("ETag", "\"one\"");
  registry_.on("HEAD", manifest_path("latest"), {Answer(405, "")});
  registry_.on("GET", manifest_path("latest"), {answer});
  ASSERT_TRUE(run(client().head_manifest(repository_, *parse_reference("latest"), "a/a")));
  ASSERT_TRUE(run(client().head_manifest(repository_, *parse_reference("latest"), "b/b")));
  EXPECT_EQ(registry_.seen().back().header("if-none-match"), "");
}

TEST_F(ClientTest, NotModifiedThatNobodyAskedForIsAnError) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(304, "")});
  EXPECT_EQ(head_manifest("latest").error().code, Errc::protocol);
}

}  // namespace
}  // namespace shoal::upstream::testing
