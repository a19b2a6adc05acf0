// Lists of tags and of referrers, as a client asks for them.

#include <string>

#include "mirror/fixture.h"
#include "mirror/media_type.h"
#include "mirror/referrers.h"

namespace shoal::mirror {
namespace {

const std::string kRepository = "docker.io/library/x";

class ListTest : public MirrorTest {
 protected:
  void list(std::string content, std::string next_query = {}) {
    upstream::ListPage page(std::move(content));
    page.next_query = std::move(next_query);
    lists_.pages.insert_or_assign(kRepository, std::move(page));
  }
  void refer(std::string content) {
    lists_.pages.insert_or_assign(kRepository + "@" + subject_.text(),
                                  upstream::ListPage(std::move(content)));
  }
  std::unique_ptr<FakeResponder> tags(const std::string& n = {}, const std::string& last = {}) {
    Ask ask("GET", "/v2/library/x/tags/list");
    if (!n.empty()) ask.query("n", n);
    if (!last.empty()) ask.query("last", last);
    return respond(ask);
  }
  std::unique_ptr<FakeResponder> referrers(const std::string& type = {}) {
    Ask ask("GET", referrers_path_);
    if (!type.empty()) ask.query("artifactType", type);
    return respond(ask);
  }

  const std::string three_ = R"({"name": "library/x", "tags": ["a", "b", "c"]})";
  const Digest subject_ = digest_of("subject");
  const std::string referrers_path_ = "/v2/library/x/referrers/" + subject_.text();
  const std::string index_ = R"({"schemaVersion":2,"manifests":[{"artifactType":"sbom","size":1},)"
                             R"({"artifactType":"signature","size":2},{"size":3}]})";
};

TEST_F(ListTest, TagsComeAsTheRegistrySentThem) {
  list(three_);
  const auto answer = tags();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, three_);
  EXPECT_EQ(answer->header("Content-Type"), "application/json");
  EXPECT_EQ(answer->header("Link"), "");
  EXPECT_EQ(answer->kind, "list");
  EXPECT_EQ(lists_.queries, std::vector<std::string>{""});
}

TEST_F(ListTest, HeadOfAListTellsItsLength) {
  list(three_);
  const auto answer = head("/v2/library/x/tags/list");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_length, three_.size());
}

TEST_F(ListTest, TheNextPageIsOursAndNamesTheRegistryThatWasAskedFor) {
  list(three_, "last=c%26d&n=3&ns=evil.example");
  const auto answer =
      respond(Ask("GET", "/v2/library/x/tags/list").ns("docker.io").query("n", "3"));
  EXPECT_EQ(answer->header("Link"),
            "</v2/library/x/tags/list?last=c%26d&n=3&ns=docker.io>; rel=\"next\"");
  EXPECT_EQ(lists_.queries, std::vector<std::string>{"n=3"});
}

TEST_F(ListTest, ParametersOfTheRegistrysOwnPagesArePassedOn) {
  list(three_);
  respond(Ask("GET", "/v2/library/x/tags/list").query("next_page", "a b&c\r\n").query("last", "q"));
  EXPECT_EQ(lists_.queries, std::vector<std::string>{"next_page=a%20b%26c%0D%0A&last=q"});
}

TEST_F(ListTest, APageThatTheRegistryDidNotCutIsCutHere) {
  list(three_);
  const auto first = tags("2");
  EXPECT_EQ(first->body, R"({"name":"library/x","tags":["a","b"]})");
  EXPECT_EQ(first->header("Link"), "</v2/library/x/tags/list?n=2&last=b>; rel=\"next\"");
  const auto second = tags("2", "b");
  EXPECT_EQ(second->body, R"({"name":"library/x","tags":["c"]})");
  EXPECT_EQ(second->header("Link"), "");
}

TEST_F(ListTest, NoTagsAreAskedForAndNoneAreGiven) {
  list(three_, "n=1&last=a");
  const auto answer = tags("0");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"name":"library/x","tags":[]})");
  EXPECT_EQ(answer->header("Link"), "");
  EXPECT_EQ(lists_.queries, std::vector<std::string>{"n=1"});
}

TEST_F(ListTest, NumbersThatAreNoneAreRefusedUnasked) {
  list(three_);
  for (const char* n : {"-1", "x", "1x", "99999999999999999999999", "1.5", " 1"}) {
    const auto answer = tags(n);
    EXPECT_EQ(answer->status, 400) << n;
    EXPECT_EQ(answer->error_code(), "PAGINATION_NUMBER_INVALID") << n;
  }
  EXPECT_TRUE(lists_.queries.empty());
}

TEST_F(ListTest, LongQueriesAreRefused) {
  EXPECT_EQ(tags("1", std::string(5000, 'x'))->status, 400);
  Ask many("GET", "/v2/library/x/tags/list");
  for (int i = 0; i < 17; ++i) many.query("a", "b");
  EXPECT_EQ(respond(many)->status, 400);
  EXPECT_TRUE(lists_.queries.empty());
}

TEST_F(ListTest, UnknownRepositoriesAndRegistries) {
  EXPECT_EQ(tags()->status, 404);
  EXPECT_EQ(tags()->error_code(), "NAME_UNKNOWN");
  upstream_.unknown.insert("docker.io");
  const auto answer = tags();
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error_code(), "NAME_UNKNOWN");
}

TEST_F(ListTest, WhatIsNoListIsNotPassedOn) {
  for (const char* content : {"<html>Log in</html>", "[]", "{}", R"({"tags": {}})", "",
                              R"({"tags": ["a", 1]})", R"({"tags": "a"})"}) {
    list(content);
    EXPECT_EQ(tags()->status, 502) << content;
  }
  list(R"({"tags": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
  EXPECT_EQ(tags()->status, 502);
  list(R"({"name": "library/x", "tags": null})");
  EXPECT_EQ(tags()->status, 200);
}

TEST_F(ListTest, ErrorsOfTheRegistryAreStatuses) {
  lists_.error = Error{Errc::unavailable, "down", 0};
  EXPECT_EQ(tags()->status, 503);
  EXPECT_EQ(referrers()->status, 503);
  lists_.error = Error{Errc::rate_limited, "slow down", 30};
  EXPECT_EQ(tags()->header("Retry-After"), "30");
}

TEST_F(ListTest, WarningsOfTheRegistryArePassedOn) {
  upstream::ListPage page(three_);
  page.headers = {{"Warning", "299 - \"moving soon\""}, {"OCI-Other", "x"}};
  lists_.pages.insert_or_assign(kRepository, page);
  const auto answer = tags();
  EXPECT_EQ(answer->header("Warning"), "299 - \"moving soon\"");
  EXPECT_EQ(answer->header("OCI-Other"), "x");
}

TEST_F(ListTest, ReferrersComeAsTheRegistrySentThem) {
  refer(index_);
  const auto answer = referrers();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, index_);
  EXPECT_EQ(answer->header("Content-Type"), kOciIndex);
  EXPECT_EQ(answer->header("OCI-Filters-Applied"), "");
}

TEST_F(ListTest, ReferrersAreFilteredWhereTheRegistryDoesNot) {
  refer(index_);
  const auto answer = referrers("signature");
  EXPECT_EQ(answer->body,
            R"({"schemaVersion":2,"manifests":[{"artifactType":"signature","size":2}]})");
  EXPECT_EQ(answer->header("OCI-Filters-Applied"), "artifactType");
  EXPECT_EQ(lists_.queries, std::vector<std::string>{"artifactType=signature"});
}

TEST_F(ListTest, ReferrersUnderTheFallbackTag) {
  upstream_.add(kRepository, referrers_tag(subject_).text(), index_, std::string(kOciIndex));
  EXPECT_EQ(referrers()->body, index_);
  const auto filtered = referrers("sbom");
  EXPECT_EQ(filtered->body,
            R"({"schemaVersion":2,"manifests":[{"artifactType":"sbom","size":1}]})");
  EXPECT_EQ(filtered->header("OCI-Filters-Applied"), "artifactType");
}

TEST_F(ListTest, NoReferrersAreAnEmptyList) {
  const auto answer = referrers();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, no_referrers());
}

TEST_F(ListTest, AFallbackThatCannotBeReadIsAnError) {
  upstream_.get_error = Error{Errc::unavailable, "down", 0};
  EXPECT_EQ(referrers()->status, 503);
  upstream_.get_error.reset();
  upstream_.add(kRepository, referrers_tag(subject_).text(), R"({"layers":[]})", kImageManifest);
  EXPECT_EQ(referrers()->status, 502);
}

TEST_F(ListTest, ReferrersOfKnownContentNeedNoRegistryInTheRequest) {
  const Digest digest = store_content("known", kImageManifest);
  MirrorOptions options = default_options();
  options.default_registry.reset();
  remake(options);
  EXPECT_EQ(get("/v2/library/x/referrers/" + digest.text())->status, 200);
  EXPECT_EQ(get(referrers_path_)->status, 404);
}

}  // namespace
}  // namespace shoal::mirror
