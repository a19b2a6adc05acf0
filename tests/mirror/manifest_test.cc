#include <string>

#include "base/bytes.h"
#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

class ManifestTest : public MirrorTest {
 protected:
  // An image manifest of one layer in docker.io/library/x, tagged 1.
  ManifestTest() { digest_ = upstream_.add("docker.io/library/x", "1", content_, kImageManifest); }

  static std::string layer_text() { return "sha256:" + std::string(64, 'b'); }

  const std::string content_ =
      R"({"layers":[{"digest":")" + layer_text() + R"(","size":77,"mediaType":"l/l"}]})" + "\n ";
  Digest digest_ = digest_of("");
  const std::string by_tag_ = "/v2/library/x/manifests/1";
};

TEST_F(ManifestTest, Base) {
  for (const char* path : {"/v2/", "/v2"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(answer->kind, "base");
    EXPECT_EQ(answer->header("Docker-Distribution-API-Version"), "registry/2.0");
  }
}

TEST_F(ManifestTest, WritesAreRefused) {
  const auto answer = respond(Ask("PUT", by_tag_));
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(answer->error_code(), "UNSUPPORTED");
  EXPECT_EQ(answer->header("Allow"), "GET, HEAD");
}

TEST_F(ManifestTest, ByTagFromUpstreamByteExact) {
  const auto answer = respond(Ask("GET", by_tag_).ns("docker.io"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, content_);
  EXPECT_EQ(answer->content_length, content_.size());
  EXPECT_EQ(answer->header("Content-Type"), kImageManifest);
  EXPECT_EQ(answer->header("Docker-Content-Digest"), digest_.text());
  EXPECT_EQ(answer->header("ETag"), "\"" + digest_.text() + "\"");
  EXPECT_EQ(answer->header("Warning"), "");
  EXPECT_EQ(answer->kind, "manifest");
  EXPECT_EQ(answer->notes["source"], "upstream");
  EXPECT_EQ(received(ByteSource::upstream), static_cast<double>(content_.size()));
  EXPECT_EQ(received(ByteSource::disk), 0);
}

TEST_F(ManifestTest, HeadByTagHasTheHeadersOfGetAndFetchesTheContent) {
  const auto answer = head(by_tag_);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->content_length, content_.size());
  EXPECT_EQ(answer->header("Content-Type"), kImageManifest);
  EXPECT_EQ(answer->header("Docker-Content-Digest"), digest_.text());
  EXPECT_EQ(upstream_.manifest_gets, 1);
  EXPECT_EQ(*store_->read_all(digest_, 1000), content_);
}

TEST_F(ManifestTest, ContentThatCameWithTheAnswerForATagIsNotFetchedAgain) {
  upstream_.head_refused = true;
  const auto answer = get(by_tag_);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, content_);
  EXPECT_EQ(upstream_.manifest_gets, 0);
  EXPECT_EQ(received(ByteSource::upstream), static_cast<double>(content_.size()));
  EXPECT_EQ(*store_->read_all(digest_, 1000), content_);
}

TEST_F(ManifestTest, WhatTheRegistrySaysToTheClientIsPassedOn) {
  upstream_.head_headers = {{"Warning", "299 - \"moving soon\""}};
  EXPECT_EQ(head(by_tag_)->header("Warning"), "299 - \"moving soon\"");
}

TEST_F(ManifestTest, HeadByTagFailsWhereTheContentCannotBeHad) {
  upstream_.get_error = Error{Errc::denied, "no manifests for you", 0};
  const auto answer = head(by_tag_);
  EXPECT_EQ(answer->status, 403);
  EXPECT_FALSE(store_->tag(repository("docker.io", "library/x"), tag("1")))
      << "a tag record without content must not be kept";
}

TEST_F(ManifestTest, ChildrenAndTagAreRemembered) {
  get(by_tag_);
  const auto layer = store_->describe(*Digest::parse(layer_text()));
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->descriptor.size, 77u);
  EXPECT_EQ(layer->descriptor.media_type, "l/l");
  EXPECT_EQ(layer->seen_in.at(0).text(), "docker.io/library/x");
  const auto record = store_->tag(repository("docker.io", "library/x"), tag("1"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->descriptor.digest, digest_);
}

TEST_F(ManifestTest, ByDigestIsFetchedOnceAndThenComesFromDisk) {
  const std::string path = "/v2/library/x/manifests/" + digest_.text();
  EXPECT_EQ(get(path)->notes["source"], "upstream");
  const auto again = get(path);
  EXPECT_EQ(again->body, content_);
  EXPECT_EQ(again->notes["source"], "disk");
  EXPECT_EQ(again->header("Content-Type"), kImageManifest);
  EXPECT_EQ(upstream_.manifest_gets, 1);
  EXPECT_EQ(upstream_.manifest_heads, 0);
  EXPECT_EQ(received(ByteSource::disk), static_cast<double>(content_.size()));
  EXPECT_EQ(head(path)->content_length, content_.size());
  EXPECT_EQ(received(ByteSource::disk), static_cast<double>(content_.size())) << "HEAD sends none";
}

TEST_F(ManifestTest, Sha512Works) {
  const Digest longer = hash_of(DigestAlgorithm::sha512, as_bytes(content_));
  const upstream::Manifest manifest(Descriptor(longer, content_.size(), kImageManifest), content_);
  upstream_.manifests.insert_or_assign("docker.io/library/x@" + longer.text(), manifest);
  const std::string path = "/v2/library/x/manifests/" + longer.text();
  EXPECT_EQ(get(path)->body, content_);
  EXPECT_EQ(get(path)->notes["source"], "disk");
}

TEST_F(ManifestTest, IfNoneMatchOfTheSameContentIs304) {
  const auto answer =
      respond(Ask("GET", by_tag_).header("if-none-match", "\"" + digest_.text() + "\""));
  EXPECT_EQ(answer->status, 304);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->header("ETag"), "\"" + digest_.text() + "\"");
  EXPECT_EQ(respond(Ask("GET", by_tag_).header("if-none-match", "\"x\""))->status, 200);
}

TEST_F(ManifestTest, PeersAreAskedBeforeUpstream) {
  blobs_.add(content_);
  blobs_.blobs[digest_.text()].extent_bytes_max = 7;
  cluster_.descriptors.emplace(digest_.text(),
                               Descriptor(digest_, content_.size(), "application/p"));
  const auto answer = get("/v2/library/x/manifests/" + digest_.text());
  EXPECT_EQ(answer->body, content_);
  EXPECT_EQ(answer->header("Content-Type"), "application/p");
  EXPECT_EQ(answer->notes["source"], "peer");
  EXPECT_EQ(upstream_.manifest_gets, 0);
  EXPECT_TRUE(blobs_.last_hints.empty()) << "registries do not serve manifests as blobs";
  EXPECT_TRUE(store_->describe(*Digest::parse(layer_text()))) << "its children are learned";
  EXPECT_EQ(get("/v2/library/x/manifests/" + digest_.text())->notes["source"], "disk");
}

TEST_F(ManifestTest, APeersOtherContentIsNoObstacle) {
  cluster_.descriptors.emplace(digest_.text(), Descriptor(digest_, content_.size()));
  blobs_.blobs[digest_.text()].content = std::string(content_.size(), 'x');
  const auto answer = get("/v2/library/x/manifests/" + digest_.text());
  EXPECT_EQ(answer->body, content_);
  EXPECT_EQ(answer->notes["source"], "upstream");
}

TEST_F(ManifestTest, APeerThatBreaksOffIsNoObstacle) {
  cluster_.descriptors.emplace(digest_.text(), Descriptor(digest_, content_.size()));
  blobs_.add(content_);
  blobs_.blobs[digest_.text()].fails_at = 5;
  EXPECT_EQ(get("/v2/library/x/manifests/" + digest_.text())->notes["source"], "upstream");
}

TEST_F(ManifestTest, APeersImpossibleSizeIsNotFetched) {
  cluster_.descriptors.emplace(digest_.text(),
                               Descriptor(digest_, upstream::kManifestBytesMax + 1));
  EXPECT_EQ(get("/v2/library/x/manifests/" + digest_.text())->notes["source"], "upstream");
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(ManifestTest, ManyRequestsAtOnceShareOneFetch) {
  upstream_.held = true;
  std::vector<FakeResponder*> answers;
  for (int i = 0; i < 50; ++i) {
    answers.push_back(&begin(Ask("GET", "/v2/library/x/manifests/" + digest_.text())));
    answers.push_back(&begin(Ask(i % 2 == 0 ? "GET" : "HEAD", by_tag_)));
  }
  run_until([&] { return upstream_.manifest_gets > 0; });
  upstream_.held = false;
  upstream_.gate.notify_all();
  finish();
  for (const FakeResponder* answer : answers) {
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->content_length, content_.size());
  }
  EXPECT_EQ(upstream_.manifest_gets, 1);
  EXPECT_EQ(upstream_.manifest_heads, 1);
}

TEST_F(ManifestTest, UpstreamsRefusalsBecomeStatuses) {
  const std::pair<Errc, int> cases[] = {{Errc::not_found, 404}, {Errc::unauthorized, 403},
                                        {Errc::denied, 403},    {Errc::rate_limited, 503},
                                        {Errc::timeout, 504},   {Errc::unavailable, 503},
                                        {Errc::protocol, 502}};
  for (const auto& [code, status] : cases) {
    upstream_.head_error = Error{code, "upstream says no", 3};
    upstream_.get_error = upstream_.head_error;
    const auto tagged = get(by_tag_);
    EXPECT_EQ(tagged->status, status) << to_string(code);
    EXPECT_EQ(tagged->error_message(), "upstream says no");
    EXPECT_EQ(tagged->notes["error"], "upstream says no");
    EXPECT_EQ(get("/v2/library/x/manifests/" + digest_.text())->status, status) << to_string(code);
  }
}

TEST_F(ManifestTest, UnknownTagIsManifestUnknown) {
  const auto answer = get("/v2/library/x/manifests/none");
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error_code(), "MANIFEST_UNKNOWN");
}

TEST_F(ManifestTest, UpstreamThatSendsOtherContentIsCorrupt) {
  const upstream::Manifest other(Descriptor(digest_of("other"), 5), "other");
  upstream_.manifests.insert_or_assign("docker.io/library/x@" + digest_.text(), other);
  EXPECT_EQ(get("/v2/library/x/manifests/" + digest_.text())->status, 502);
  EXPECT_FALSE(store_->open_blob(digest_));
}

TEST_F(ManifestTest, ContentThatIsNoManifestIsServedAsItIs) {
  const Digest digest = upstream_.add("docker.io/library/x", "odd", "not JSON", "application/odd");
  const auto answer = get("/v2/library/x/manifests/odd");
  EXPECT_EQ(answer->body, "not JSON");
  EXPECT_EQ(answer->header("Content-Type"), "application/odd");
  EXPECT_TRUE(store_->open_blob(digest));
}

TEST_F(ManifestTest, MediaTypeOfHostileUpstreamDoesNotReachTheHeader) {
  upstream_.add("docker.io/library/x", "evil", "{\"manifests\":[]}", "a/b\r\nX-Evil: 1");
  EXPECT_EQ(get("/v2/library/x/manifests/evil")->header("Content-Type"),
            "application/vnd.oci.image.index.v1+json");
}

TEST_F(ManifestTest, ALayerAskedForAsManifestIsUnknown) {
  const std::string layer(upstream::kManifestBytesMax + 1, 'l');
  const Digest digest = store_content(layer);
  const auto answer = get("/v2/library/x/manifests/" + digest.text());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error_code(), "MANIFEST_UNKNOWN");
}

TEST_F(ManifestTest, WithoutAnyRegistryTheNameIsUnknown) {
  MirrorOptions options = default_options();
  options.default_registry.reset();
  remake(std::move(options));
  for (const std::string& reference : {std::string("1"), digest_.text()}) {
    const auto answer = get("/v2/library/x/manifests/" + reference);
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->error_code(), "NAME_UNKNOWN");
  }
  EXPECT_EQ(get("/v2/docker.io/library/x/manifests/1")->body, content_) << "host in the path";
  EXPECT_EQ(get("/v2/y/manifests/" + digest_.text())->body, content_) << "here by now";
}

TEST_F(ManifestTest, RegistryNobodyConfiguredIsNamedUnlessTheContentIsHere) {
  upstream_.unknown.insert("ghcr.io");
  for (const std::string& reference : {std::string("1"), digest_.text()}) {
    const auto answer = respond(Ask("GET", "/v2/library/x/manifests/" + reference).ns("ghcr.io"));
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->error_code(), "NAME_UNKNOWN");
    EXPECT_NE(answer->error_message().find("ghcr.io"), std::string::npos);
  }
  EXPECT_EQ(upstream_.manifest_heads + upstream_.manifest_gets, 0);
  store_content(content_, kImageManifest);
  const auto here = respond(Ask("GET", "/v2/library/x/manifests/" + digest_.text()).ns("ghcr.io"));
  EXPECT_EQ(here->body, content_);
}

TEST_F(ManifestTest, AllAcceptHeadersGoUpstream) {
  respond(Ask("HEAD", by_tag_).header("accept", "a/b").header("host", "x").header("accept", "c/d"));
  EXPECT_EQ(upstream_.last_accept, "a/b, c/d");
}

TEST_F(ManifestTest, NarrowAcceptsAnswerIsNotRememberedForEverybody) {
  respond(Ask("GET", by_tag_).header("accept", kImageManifest));
  EXPECT_FALSE(store_->tag(repository("docker.io", "library/x"), tag("1")));
}

TEST_F(ManifestTest, ClientThatLeavesIsNotCounted) {
  store_content(content_);
  FakeResponder& answer = begin(Ask("GET", "/v2/library/x/manifests/" + digest_.text()));
  answer.sends_until_gone = 0;
  finish();
  EXPECT_EQ(received(ByteSource::disk), 0);
}

TEST_F(ManifestTest, RepositoriesThatAreLeftOutAre403EvenWhereTheContentIsHere) {
  store_content(content_, kImageManifest);
  upstream_.denied.insert("docker.io/library/x");
  const std::string by_digest = "/v2/library/x/manifests/" + digest_.text();
  const std::string as_blob = "/v2/library/x/blobs/" + digest_.text();
  for (const std::string& path :
       {by_tag_, by_digest, as_blob, std::string("/v2/library/x/tags/list"),
        "/v2/library/x/referrers/" + digest_.text()}) {
    const auto answer = respond(Ask("GET", path).ns("docker.io"));
    EXPECT_EQ(answer->status, 403) << path;
    EXPECT_EQ(answer->error_code(), "DENIED") << path;
  }
  EXPECT_EQ(upstream_.manifest_heads, 0);
}

}  // namespace
}  // namespace shoal::mirror
