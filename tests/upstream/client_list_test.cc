// What the client makes of lists of tags and referrers, good ones and hostile ones.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

constexpr const char* kTagsPath = "/v2/team/app/tags/list";

class ClientListTest : public ClientTest {
 protected:
  Result<ListPage> tags(std::string query = {}) {
    return run(client().list_tags(repository_, std::move(query)));
  }
  Result<ListPage> referrers(const Digest& subject, std::string query = {}) {
    return run(client().list_referrers(repository_, subject, std::move(query)));
  }
};

TEST_F(ClientListTest, APageOfTags) {
  Answer answer(200, R"({"tags":["a"]})");
  answer.set("Link", "</v2/team/app/tags/list?n=1&last=a>; rel=\"next\"");
  answer.set("Warning", "299 - \"old\"");
  registry_.on("GET", kTagsPath, {answer});
  const auto page = tags("n=1&last=%20");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->content, R"({"tags":["a"]})");
  EXPECT_EQ(page->next_query, "n=1&last=a");
  ASSERT_EQ(page->headers.size(), 1U);
  EXPECT_EQ(page->headers[0].first, "Warning");
  EXPECT_EQ(registry_.seen().at(0).target, "/v2/team/app/tags/list?n=1&last=%20");
}

TEST_F(ClientListTest, NoQueryLeavesNoMark) {
  registry_.on("GET", kTagsPath, {Answer(200, "{}")});
  ASSERT_TRUE(tags());
  EXPECT_EQ(registry_.seen().at(0).target, kTagsPath);
}

TEST_F(ClientListTest, Referrers) {
  const Digest subject = sha256_of("x");
  registry_.on("GET", "/v2/team/app/referrers/" + subject.text(), {Answer(200, "{}")});
  const auto page = referrers(subject, "artifactType=a");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->content, "{}");
  EXPECT_EQ(registry_.seen().at(0).target,
            "/v2/team/app/referrers/" + subject.text() + "?artifactType=a");
}

TEST_F(ClientListTest, RegistriesThatKeepNoSuchListAreNotFound) {
  for (const int status : {400, 404, 405, 406, 501}) {
    registry_.on("GET", kTagsPath, {Answer(status, "")});
    EXPECT_EQ(tags().error().code, Errc::not_found) << status;
  }
  EXPECT_EQ(retries(), 0);
}

TEST_F(ClientListTest, ABrokenAnswerIsAskedForAgain) {
  registry_.on("GET", kTagsPath, {Answer(503, ""), hang_up(), Answer(200, "{}")});
  EXPECT_TRUE(tags());
  EXPECT_GE(retries(), 1);
}

TEST_F(ClientListTest, TooLongIsRefusedByItsLengthAndByItsBytes) {
  Answer said(200, std::string(kListBytesMax + 1, ' '));
  registry_.on("GET", kTagsPath, {said});
  EXPECT_EQ(tags().error().code, Errc::too_large);
  said.says_length = false;
  said.close_after = true;
  registry_.on("GET", kTagsPath, {said});
  EXPECT_EQ(tags().error().code, Errc::too_large);
}

TEST_F(ClientListTest, AnEncodedListIsRefused) {
  Answer answer(200, "x");
  answer.set("Content-Encoding", "gzip");
  registry_.on("GET", kTagsPath, {answer});
  EXPECT_EQ(tags().error().code, Errc::protocol);
}

TEST_F(ClientListTest, AnUnconfiguredRegistryIsNotAsked) {
  const Repository other(*RegistryName::parse("other.test"), *RepositoryName::parse("a"));
  EXPECT_EQ(run(client().list_tags(other, "")).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::upstream::testing
