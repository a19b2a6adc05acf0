// Who may read what, as upstream would have it: for content that is here, at a peer, or nowhere yet.
#include <gtest/gtest.h>

#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

constexpr const char* kPassword = "Basic dGVhbTpwYXNz";
constexpr const char* kPrivate = "docker.io/team/secret";
constexpr const char* kPublic = "docker.io/library/public";

class GateTest : public MirrorTest {
 protected:
  GateTest() {
    remake(guarded());
    manifest_ = upstream_.add(kPrivate, "v1", R"({"schemaVersion":2})", kImageManifest);
    access_.passwords[kPrivate] = kPassword;
    access_.open.insert(kPublic);
    hold(kPrivate, "v1");
    hold(kPrivate, manifest_.text());
  }

  static MirrorOptions guarded() {
    MirrorOptions options = default_options();
    options.access = AccessMode::upstream;
    return options;
  }
  void hold(const std::string& repository, const std::string& reference) {
    access_.holds.insert(repository + "@" + reference);
  }
  std::unique_ptr<FakeResponder> ask(const std::string& path,
                                     const std::string& authorization = "") {
    Ask ask("GET", path);
    ask.ns("docker.io");
    if (!authorization.empty()) ask.header("authorization", authorization);
    return respond(ask);
  }
  // A blob of the private repository that this node has.
  Digest cache_private_blob() {
    const std::string content = "the weights of a model";
    Digest digest = digest_of(content);
    const auto put = store_->put(Descriptor(digest, content.size(), ""), content,
                                 repository("docker.io", "team/secret"));
    EXPECT_TRUE(put) << put.error().message;
    hold(kPrivate, digest.text());
    blobs_.add(content);
    return digest;
  }
  double decisions(const std::string& decision) {
    return metrics_.access_decisions(decision).Value();
  }

  Digest manifest_ = digest_of("");
};

TEST_F(GateTest, WhoBringsNothingGetsUpstreamsChallenge) {
  const auto answer = ask("/v2/team/secret/manifests/v1");
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(answer->header("WWW-Authenticate"),
            "Bearer realm=\"https://tokens.test/\",service=\"s\"");
  EXPECT_EQ(answer->error_code(), "UNAUTHORIZED");
  EXPECT_EQ(upstream_.manifest_heads, 0) << "nothing is looked for on behalf of a stranger";
}

TEST_F(GateTest, ARefusalIsRememberedForAMoment) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("/v2/team/secret/manifests/v1")->status, 401);
  EXPECT_EQ(access_.questions, 1);
  EXPECT_EQ(decisions("refused"), 3);
}

TEST_F(GateTest, ACredentialThatUpstreamTakesOpensTheRepository) {
  EXPECT_EQ(ask("/v2/team/secret/manifests/v1", kPassword)->status, 200);
  EXPECT_EQ(ask("/v2/team/secret/manifests/" + manifest_.text(), kPassword)->status, 200);
  EXPECT_EQ(access_.questions, 1) << "what belongs to the repository needs no second question";
  EXPECT_EQ(ask("/v2/team/secret/manifests/v1", "Basic d3Jvbmc=")->status, 401);
}

TEST_F(GateTest, WhatIsHereIsNotServedToAStranger) {
  const Digest blob = cache_private_blob();
  EXPECT_EQ(ask("/v2/team/secret/manifests/v1", kPassword)->status, 200);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text())->status, 401);
  EXPECT_EQ(ask("/v2/team/secret/manifests/" + manifest_.text())->status, 401);
  EXPECT_EQ(ask("/v2/team/secret/tags/list")->status, 401);
  EXPECT_EQ(ask("/v2/team/secret/referrers/" + manifest_.text())->status, 401);
  EXPECT_EQ(respond(Ask("HEAD", "/v2/team/secret/blobs/" + blob.text()).ns("docker.io"))->status,
            401);
}

TEST_F(GateTest, APublicRepositorysNameOpensNoPrivateContent) {
  const Digest blob = cache_private_blob();
  EXPECT_EQ(ask("/v2/library/public/blobs/" + blob.text())->status, 404);
  EXPECT_EQ(ask("/v2/library/public/manifests/" + manifest_.text())->status, 404);
}

TEST_F(GateTest, NorDoesAnotherRegistrysThatIsShared) {
  const Digest blob = cache_private_blob();
  MirrorOptions options = guarded();
  options.access_modes.emplace(*RegistryName::parse("shared.test"), AccessMode::shared);
  options.access_modes.emplace(*RegistryName::parse("off.test"), AccessMode::off);
  remake(std::move(options));
  const std::string path = "/v2/any/thing/blobs/" + blob.text();
  EXPECT_EQ(respond(Ask("GET", path).ns("shared.test"))->status, 404);
  EXPECT_EQ(respond(Ask("GET", path).ns("off.test"))->status, 404);
}

TEST_F(GateTest, NorNoNameAtAll) {
  const Digest blob = cache_private_blob();
  MirrorOptions options = guarded();
  options.default_registry.reset();
  remake(std::move(options));
  // The only repository it was seen in is meant, and that one is private.
  EXPECT_EQ(get("/v2/any/thing/blobs/" + blob.text())->status, 401);
}

TEST_F(GateTest, ContentThatUpstreamConfirmsIsLearned) {
  const Digest blob = cache_private_blob();
  hold(kPublic, blob.text());
  EXPECT_EQ(ask("/v2/library/public/blobs/" + blob.text())->status, 200);
  const int questions = access_.questions;
  EXPECT_EQ(ask("/v2/library/public/blobs/" + blob.text())->status, 200);
  EXPECT_EQ(access_.questions, questions);
}

TEST_F(GateTest, WhatAnybodyMayReadIsAskedOnceAndSurvivesTheRegistry) {
  const Digest first = upstream_.add(kPublic, "v1", R"({"schemaVersion":2,"a":1})", kImageManifest);
  hold(kPublic, "v1");
  EXPECT_EQ(ask("/v2/library/public/manifests/v1")->status, 200);
  EXPECT_EQ(ask("/v2/library/public/manifests/v1", "Basic d3Jvbmc=")->status, 200);
  EXPECT_EQ(access_.questions, 1);
  ASSERT_TRUE(cluster_.published.contains(std::string(kPublic) + ":v1"));
  EXPECT_TRUE(cluster_.published.at(std::string(kPublic) + ":v1").is_open);
  access_.down = true;
  remake(guarded());  // a restart: the memory is gone, the index is not
  EXPECT_EQ(ask("/v2/library/public/manifests/" + first.text())->status, 200);
}

TEST_F(GateTest, APrivateRepositorysTagIsNotToldAsOpen) {
  EXPECT_EQ(ask("/v2/team/secret/manifests/v1", kPassword)->status, 200);
  ASSERT_TRUE(cluster_.published.contains(std::string(kPrivate) + ":v1"));
  EXPECT_FALSE(cluster_.published.at(std::string(kPrivate) + ":v1").is_open);
}

TEST_F(GateTest, WhatOtherNodesKnowToBeOpenIsNotAskedAgain) {
  upstream_.add(kPublic, "v1", R"({"schemaVersion":2})", kImageManifest);
  const Resolution told(Descriptor(manifest_, 19, kImageManifest), std::chrono::system_clock::now(),
                        true);
  cluster_.tags.emplace(std::string(kPublic) + ":v1", told);
  EXPECT_EQ(ask("/v2/library/public/manifests/v1")->status, 200);
  EXPECT_EQ(access_.questions, 0);
  EXPECT_EQ(decisions("cluster"), 1);
}

TEST_F(GateTest, ADigestThatOtherNodesKnowToBeOpenThereIsServedWithoutUpstream) {
  const Digest blob = cache_private_blob();
  const Resolution told(Descriptor(blob, 22, ""), std::chrono::system_clock::now(), true);
  cluster_.tags.emplace(std::string(kPublic) + "@" + blob.text(), told);
  access_.down = true;
  EXPECT_EQ(ask("/v2/library/public/blobs/" + blob.text())->status, 200);
  const Digest other = store_content("of nobody's", "");
  EXPECT_EQ(ask("/v2/library/public/blobs/" + other.text())->status, 503);
}

TEST_F(GateTest, WithoutUpstreamAndWithoutMemoryNobodyIsServed) {
  const Digest blob = cache_private_blob();
  access_.down = true;
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text())->status, 503);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text(), kPassword)->status, 503);
  EXPECT_EQ(decisions("unknown"), 2);
}

TEST_F(GateTest, ACredentialIsGoodForAWhileWithoutUpstream) {
  const Digest blob = cache_private_blob();
  MirrorOptions options = guarded();
  options.access_terms.client = std::chrono::seconds(0);
  remake(std::move(options));
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text(), kPassword)->status, 200);
  access_.down = true;
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text(), kPassword)->status, 200);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text(), "Basic d3Jvbmc=")->status, 503);
  EXPECT_EQ(decisions("grace"), 1);
}

TEST_F(GateTest, ARepositoryThatIsClosedLaterIsForgottenToBeOpen) {
  const Digest blob = cache_private_blob();
  MirrorOptions options = guarded();
  options.access_terms.open = std::chrono::seconds(0);
  remake(options);
  access_.open.insert(kPrivate);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text())->status, 200);
  access_.open.erase(kPrivate);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text())->status, 401);
  access_.down = true;
  remake(options);
  EXPECT_EQ(ask("/v2/team/secret/blobs/" + blob.text())->status, 503);
}

TEST_F(GateTest, ATokenThatEndedIsAskedForAgain) {
  EXPECT_EQ(ask("/v2/team/secret/manifests/v1", kPassword)->status, 200);
  access_.passwords[kPrivate] = "Basic another";
  upstream_.head_error = Error(Errc::unauthorized, "the token has ended", 0);
  const auto answer = ask("/v2/team/secret/manifests/v1", kPassword);
  EXPECT_EQ(answer->status, 401);
  EXPECT_NE(answer->header("WWW-Authenticate"), "");
}

TEST_F(GateTest, WithoutGuardedRegistriesNobodyIsAsked) {
  remake(default_options());
  const Digest blob = cache_private_blob();
  EXPECT_EQ(ask("/v2/library/public/blobs/" + blob.text())->status, 200);
  EXPECT_EQ(access_.questions, 0);
}

}  // namespace
}  // namespace shoal::mirror
