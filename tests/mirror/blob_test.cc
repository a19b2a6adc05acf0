#include <string>

#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

class BlobTest : public MirrorTest {
 protected:
  // A blob whose size nobody told us yet; the swarm delivers it.
  BlobTest() : digest_(blobs_.add(content_)) {
    upstream_.blobs["docker.io/library/x@" + digest_.text()] = content_.size();
  }

  FakeBlob& script() { return blobs_.blobs[digest_.text()]; }
  void make_complete() {
    store_content(content_);
    blobs_.complete.insert(digest_.text());
  }
  std::unique_ptr<FakeResponder> get_range(const std::string& range) {
    return respond(Ask("GET", path_).header("range", range));
  }

  const std::string content_ = "0123456789abcdefghijklmnopqrstuvwxyz";
  const Digest digest_;
  const std::string path_ = "/v2/library/x/blobs/" + digest_.text();
};

TEST_F(BlobTest, WholeBlobByTransfer) {
  script().extent_bytes_max = 10;
  const auto answer = get(path_);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, content_);
  EXPECT_EQ(answer->content_length, content_.size());
  EXPECT_EQ(answer->header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(answer->header("Docker-Content-Digest"), digest_.text());
  EXPECT_EQ(answer->header("Accept-Ranges"), "bytes");
  EXPECT_EQ(answer->header("ETag"), "\"" + digest_.text() + "\"");
  EXPECT_EQ(answer->kind, "blob");
  EXPECT_EQ(answer->notes["source"], "transfer");
  EXPECT_FALSE(answer->abandoned);
  EXPECT_EQ(received(ByteSource::disk), 0);
}

TEST_F(BlobTest, CompleteBlobCountsAsDiskBytes) {
  make_complete();
  const auto answer = get_range("bytes=0-9");
  EXPECT_EQ(answer->notes["source"], "disk");
  EXPECT_EQ(received(ByteSource::disk), 10);
  EXPECT_EQ(upstream_.blob_heads, 0);
  EXPECT_EQ(cluster_.describes, 0);
}

struct RangeAnswer {
  const char* range;
  int status;
  std::string body;
  std::string content_range;
};

TEST_F(BlobTest, Ranges) {
  const RangeAnswer answers[] = {
      {"bytes=0-0", 206, "0", "bytes 0-0/36"},
      {"bytes=0-1", 206, "01", "bytes 0-1/36"},
      {"bytes=30-", 206, "uvwxyz", "bytes 30-35/36"},
      {"bytes=0-", 206, content_, "bytes 0-35/36"},
      {"bytes=-3", 206, "xyz", "bytes 33-35/36"},
      {"bytes=34-999", 206, "yz", "bytes 34-35/36"},
      {"bytes=x", 200, content_, ""},
      {"bytes=4-5,0-1", 206, "012345", "bytes 0-5/36"},
      {"bytes=0-1,99-", 206, "01", "bytes 0-1/36"},
      {"bytes=0-1,x", 200, content_, ""},
      {"lines=1-2", 200, content_, ""},
  };
  for (const RangeAnswer& expected : answers) {
    const auto answer = get_range(expected.range);
    EXPECT_EQ(answer->status, expected.status) << expected.range;
    EXPECT_EQ(answer->body, expected.body) << expected.range;
    EXPECT_EQ(answer->content_length, expected.body.size()) << expected.range;
    EXPECT_EQ(answer->header("Content-Range"), expected.content_range) << expected.range;
    EXPECT_EQ(answer->header("Content-Type"), "application/octet-stream");
  }
}

TEST_F(BlobTest, RangesOutsideAre416AndOpenNothing) {
  for (const char* range : {"bytes=36-", "bytes=9-3", "bytes=-0", "bytes=100-200"}) {
    const auto answer = get_range(range);
    EXPECT_EQ(answer->status, 416) << range;
    EXPECT_EQ(answer->header("Content-Range"), "bytes */36") << range;
    EXPECT_EQ(answer->error_code(), "SIZE_INVALID");
  }
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(BlobTest, IfRangeOfOtherContentGivesTheWhole) {
  const auto other =
      respond(Ask("GET", path_).header("range", "bytes=1-2").header("if-range", "\"other\""));
  EXPECT_EQ(other->status, 200);
  EXPECT_EQ(other->body, content_);
}

TEST_F(BlobTest, IfNoneMatchIs304) {
  const auto answer =
      respond(Ask("GET", path_).header("if-none-match", "\"" + digest_.text() + "\""));
  EXPECT_EQ(answer->status, 304);
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(BlobTest, HeadTellsTheSizeWithoutADownload) {
  const auto answer = respond(Ask("HEAD", path_).header("range", "bytes=1-2"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_length, content_.size());
  EXPECT_EQ(answer->header("Docker-Content-Digest"), digest_.text());
  EXPECT_EQ(blobs_.opens, 0);
  EXPECT_EQ(upstream_.blob_heads, 1);
  head(path_);
  EXPECT_EQ(upstream_.blob_heads, 1) << "the size is remembered";
  EXPECT_EQ(store_->describe(digest_)->descriptor.media_type, "") << "and nothing made up with it";
}

TEST_F(BlobTest, PeersAreAskedForTheSizeFirst) {
  cluster_.descriptors.emplace(digest_.text(), Descriptor(digest_, content_.size(), "layer/tar"));
  EXPECT_EQ(get(path_)->body, content_);
  EXPECT_EQ(upstream_.blob_heads, 0);
  EXPECT_EQ(store_->describe(digest_)->descriptor.media_type, "layer/tar");
}

TEST_F(BlobTest, BlobNobodyKnowsIs404) {
  const std::string path = "/v2/library/x/blobs/" + digest_of("nothing").text();
  for (const auto& answer : {get(path), head(path)}) {
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->error_code(), "BLOB_UNKNOWN");
  }
}

TEST_F(BlobTest, ImpossibleSizesAreRefused) {
  upstream_.blobs["docker.io/library/x@" + digest_.text()] = kBlobBytesMax + 1;
  EXPECT_EQ(get(path_)->status, 502);
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(BlobTest, ErrorsBeforeTheFirstByteAreStatuses) {
  const std::pair<Errc, int> cases[] = {{Errc::not_found, 404},   {Errc::unauthorized, 403},
                                        {Errc::denied, 403},      {Errc::rate_limited, 503},
                                        {Errc::unavailable, 503}, {Errc::corrupt, 502},
                                        {Errc::no_space, 503},    {Errc::timeout, 504}};
  script().fails_at = 0;
  for (const auto& [code, status] : cases) {
    script().error = Error{code, "it broke", 5};
    const auto answer = get(path_);
    EXPECT_EQ(answer->status, status) << to_string(code);
    EXPECT_EQ(answer->error_message(), "it broke");
    EXPECT_FALSE(answer->abandoned);
  }
}

TEST_F(BlobTest, ErrorsOfOpenAreStatuses) {
  blobs_.open_error = Error{Errc::no_space, "disk full", 0};
  EXPECT_EQ(get(path_)->status, 503);
}

TEST_F(BlobTest, BreakAfterTheHeadIsAbandoned) {
  script().fails_at = 20;
  const auto answer = get(path_);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, content_.substr(0, 20));
  EXPECT_EQ(answer->content_length, content_.size());
  EXPECT_EQ(answer->abandoned, "the download broke");
}

TEST_F(BlobTest, LastByteOfACorruptBlobIsNeverSent) {
  script().fails_at = content_.size() - 1;
  script().error = Error{Errc::corrupt, "the digest does not match", 0};
  const auto answer = get(path_);
  EXPECT_EQ(answer->body, content_.substr(0, content_.size() - 1));
  EXPECT_EQ(answer->abandoned, "the digest does not match");
}

TEST_F(BlobTest, ASourceThatGivesOtherBytesIsStopped) {
  script().misaligned = true;
  const auto answer = get(path_);
  EXPECT_EQ(answer->status, 500);
}

TEST_F(BlobTest, SlowFirstByteIsWaitedForInSlices) {
  MirrorOptions options = default_options();
  options.first_byte_timeout = std::chrono::minutes(10);
  remake(std::move(options));
  script().slices_before_bytes = 2;
  EXPECT_EQ(get(path_)->body, content_);
  EXPECT_EQ(blobs_.reads.size(), 3u);
}

TEST_F(BlobTest, NoFirstByteInTimeIs504) {
  script().slices_before_bytes = 1'000'000;
  const auto answer = get(path_);
  EXPECT_EQ(answer->status, 504);
  EXPECT_GE(blobs_.reads.size(), 1u);
}

TEST_F(BlobTest, ClientThatLeavesEndsTheWaiting) {
  MirrorOptions options = default_options();
  options.first_byte_timeout = std::chrono::minutes(10);
  remake(std::move(options));
  script().slices_before_bytes = 1'000'000;
  FakeResponder& answer = begin(Ask("GET", path_));
  answer.gone_after = 2;
  finish();
  EXPECT_EQ(blobs_.reads.size(), 3u);
}

TEST_F(BlobTest, ClientThatLeavesEndsTheSending) {
  script().extent_bytes_max = 4;
  FakeResponder& answer = begin(Ask("GET", path_));
  answer.sends_until_gone = 2;
  finish();
  EXPECT_EQ(answer.body, content_.substr(0, 8));
  EXPECT_EQ(blobs_.reads.size(), 3u);
}

TEST_F(BlobTest, ReadAheadIsBounded) {
  const Digest digest = digest_of("large");
  upstream_.blobs["docker.io/library/x@" + digest.text()] = std::uint64_t{1} << 40;
  get("/v2/library/x/blobs/" + digest.text());
  ASSERT_EQ(blobs_.reads.size(), 1u);
  EXPECT_LE(blobs_.reads[0].size, 32u * 1024 * 1024);
}

TEST_F(BlobTest, HintsAreTheRepositoryAskedThenWhereItWasSeen) {
  const Descriptor descriptor(digest_, content_.size());
  ASSERT_TRUE(store_->learn(descriptor, repository("ghcr.io", "a/b")));
  ASSERT_TRUE(store_->learn(descriptor, repository("gone.io", "c")));
  upstream_.unknown.insert("gone.io");
  respond(Ask("GET", path_).ns("docker.io"));
  ASSERT_EQ(blobs_.last_hints.size(), 2u);
  EXPECT_EQ(blobs_.last_hints[0].text(), "docker.io/library/x");
  EXPECT_EQ(blobs_.last_hints[1].text(), "ghcr.io/a/b");
  EXPECT_EQ(store_->describe(digest_)->seen_in.front().text(), "docker.io/library/x");
}

TEST_F(BlobTest, WithoutNsTheLearnedRepositoryServes) {
  MirrorOptions options = default_options();
  options.default_registry.reset();
  remake(std::move(options));
  EXPECT_EQ(get(path_)->error_code(), "NAME_UNKNOWN");
  ASSERT_TRUE(store_->learn(Descriptor(digest_, content_.size()), repository("ghcr.io", "a/b")));
  EXPECT_EQ(get(path_)->body, content_);
  EXPECT_EQ(blobs_.last_hints.at(0).text(), "ghcr.io/a/b");
}

TEST_F(BlobTest, RegistryNobodyConfiguredIsNamedUnlessTheBlobIsHere) {
  upstream_.unknown.insert("ghcr.io");
  const Ask ask = Ask("GET", path_).ns("ghcr.io");
  const auto refused = respond(ask);
  EXPECT_EQ(refused->status, 404);
  EXPECT_EQ(refused->error_code(), "NAME_UNKNOWN");
  EXPECT_NE(refused->error_message().find("ghcr.io"), std::string::npos);
  make_complete();
  EXPECT_EQ(respond(ask)->body, content_);
}

TEST_F(BlobTest, TheSizeHereBeatsAManifestsClaim) {
  make_complete();
  ASSERT_TRUE(store_->learn(Descriptor(digest_, 5), repository("evil.io", "a")));
  EXPECT_EQ(get(path_)->body, content_);
}

TEST_F(BlobTest, EmptyBlobNeedsNoDownload) {
  const Digest empty = digest_of("");
  upstream_.blobs["docker.io/library/x@" + empty.text()] = 0;
  const std::string path = "/v2/library/x/blobs/" + empty.text();
  const auto answer = get(path);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_length, 0u);
  EXPECT_EQ(respond(Ask("GET", path).header("range", "bytes=0-"))->status, 416);
  EXPECT_EQ(respond(Ask("GET", path).header("range", "junk"))->status, 200);
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(BlobTest, ABlobThatIsClaimedEmptyAndCannotBeIsNotServed) {
  ASSERT_TRUE(store_->learn(Descriptor(digest_, 0), repository("docker.io", "library/x")));
  EXPECT_EQ(get(path_)->status, 502);
}

TEST_F(BlobTest, ManyRequestsAtOnceShareOneSizeLookUp) {
  upstream_.held = true;
  std::vector<FakeResponder*> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(
        &begin(Ask("GET", path_).header("range", "bytes=" + std::to_string(i % 36) + "-")));
  }
  run_until([&] { return upstream_.blob_heads > 0; });
  upstream_.held = false;
  upstream_.gate.notify_all();
  finish();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)]->status, 206);
    EXPECT_EQ(answers[static_cast<std::size_t>(i)]->body,
              content_.substr(static_cast<std::size_t>(i % 36)));
  }
  EXPECT_EQ(upstream_.blob_heads, 1);
}

TEST_F(BlobTest, AManifestAskedForAsBlobIsFetchedAsManifest) {
  const std::string manifest = "{\"layers\":[]}";
  const Digest digest = upstream_.add("docker.io/library/x", "", manifest, kImageManifest);
  blobs_.add(manifest);
  ASSERT_TRUE(store_->learn(Descriptor(digest, manifest.size(), kImageManifest),
                            repository("docker.io", "library/x")));
  const auto answer = get("/v2/library/x/blobs/" + digest.text());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, manifest);
  EXPECT_EQ(upstream_.manifest_gets, 1);
  EXPECT_EQ(*store_->read_all(digest, 100), manifest);
}

TEST_F(BlobTest, AManifestAskedForAsBlobThatIsGoneIsUnknown) {
  const Digest digest = digest_of("{}");
  ASSERT_TRUE(
      store_->learn(Descriptor(digest, 2, kImageManifest), repository("docker.io", "library/x")));
  const auto answer = get("/v2/library/x/blobs/" + digest.text());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error_code(), "BLOB_UNKNOWN");
}

}  // namespace
}  // namespace shoal::mirror
