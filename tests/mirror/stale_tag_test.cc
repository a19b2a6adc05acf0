#include <string>

#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

using std::chrono::seconds;

class StaleTagTest : public MirrorTest {
 protected:
  static constexpr const char* kPath = "/v2/library/x/manifests/1";

  // A tag record of this node, `age` old, whose content is here unless `content_here` says no.
  Digest remember(const std::string& content, seconds age, bool content_here = true) {
    const Digest digest =
        content_here ? store_content(content, kImageManifest) : digest_of(content);
    const store::TagRecord record(Descriptor(digest, content.size(), kImageManifest),
                                  SystemClock::now() - age);
    EXPECT_TRUE(store_->put_tag(repository("docker.io", "library/x"), tag("1"), record));
    return digest;
  }

  // The same for a peer; its content can be read from the swarm.
  Digest peer_remembers(const std::string& content, seconds age) {
    const Digest digest = blobs_.add(content);
    const Descriptor descriptor(digest, content.size(), kImageManifest);
    cluster_.descriptors.insert_or_assign(digest.text(), descriptor);
    cluster_.tags.insert_or_assign("docker.io/library/x:1",
                                   Resolution(descriptor, SystemClock::now() - age));
    return digest;
  }

  void fail_upstream(Errc code) { upstream_.head_error = Error{code, "upstream is no help", 0}; }
};

TEST_F(StaleTagTest, OwnAnswerIsServedWithAWarning) {
  remember("{\"own\":1}", seconds(100));
  for (const Errc code : {Errc::unavailable, Errc::timeout, Errc::rate_limited, Errc::protocol}) {
    fail_upstream(code);
    const auto answer = get(kPath);
    EXPECT_EQ(answer->status, 200) << to_string(code);
    EXPECT_EQ(answer->body, "{\"own\":1}");
    EXPECT_EQ(answer->header("Warning").rfind("299 - \"Response is stale", 0), 0u);
    EXPECT_NE(answer->header("Warning").find("100 s old"), std::string::npos)
        << answer->header("Warning");
    EXPECT_EQ(answer->notes["stale_s"], "100");
  }
  EXPECT_EQ(upstream_.manifest_gets, 0) << "a registry that does not answer is asked once";
}

TEST_F(StaleTagTest, ClearAnswersOfUpstreamAreNotOverruled) {
  remember("{}", seconds(5));
  peer_remembers("{\"peer\":1}", seconds(1));
  for (const auto& [code, status] :
       {std::pair{Errc::not_found, 404}, {Errc::unauthorized, 403}, {Errc::denied, 403}}) {
    fail_upstream(code);
    EXPECT_EQ(get(kPath)->status, status) << to_string(code);
  }
  EXPECT_EQ(cluster_.resolves, 0);
}

TEST_F(StaleTagTest, TheFreshestOfOwnAndPeersAnswerWins) {
  fail_upstream(Errc::unavailable);
  remember("{\"own\":1}", seconds(100));
  peer_remembers("{\"peer\":1}", seconds(200));
  EXPECT_EQ(get(kPath)->body, "{\"own\":1}");
  peer_remembers("{\"peer\":2}", seconds(50));
  const auto answer = get(kPath);
  EXPECT_EQ(answer->body, "{\"peer\":2}");
  EXPECT_NE(answer->header("Warning").find("50 s old"), std::string::npos);
}

TEST_F(StaleTagTest, APeersAnswerIsRememberedWithItsAge) {
  fail_upstream(Errc::unavailable);
  const Digest digest = peer_remembers("{\"peer\":1}", seconds(50));
  get(kPath);
  const auto record = store_->tag(repository("docker.io", "library/x"), tag("1"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->descriptor.digest, digest);
  EXPECT_GE(SystemClock::now() - record->checked_at, seconds(50));
}

TEST_F(StaleTagTest, APeersClockThatIsAheadDoesNotWinForEver) {
  fail_upstream(Errc::unavailable);
  peer_remembers("{\"peer\":1}", seconds(-100'000));
  EXPECT_EQ(get(kPath)->notes["stale_s"], "0");
  const auto record = store_->tag(repository("docker.io", "library/x"), tag("1"));
  ASSERT_TRUE(record);
  EXPECT_LE(record->checked_at, SystemClock::now());
}

TEST_F(StaleTagTest, AnOlderAnswerServesWhereTheFreshestHasNoContent) {
  fail_upstream(Errc::unavailable);
  remember("{\"gone\":1}", seconds(10), false);
  peer_remembers("{\"peer\":1}", seconds(500));
  EXPECT_EQ(get(kPath)->body, "{\"peer\":1}");
}

TEST_F(StaleTagTest, NothingKnownIsUpstreamsError) {
  fail_upstream(Errc::unavailable);
  const auto answer = head(kPath);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->error_message(), "upstream is no help");
  remember("{}", seconds(10), false);
  EXPECT_EQ(get(kPath)->status, 503) << "a record without content is no answer";
}

TEST_F(StaleTagTest, ManifestThatCannotBeFetchedFallsBackToTheOldOne) {
  upstream_.add("docker.io/library/x", "1", "{\"new\":1}", kImageManifest);
  upstream_.get_error = Error{Errc::timeout, "too slow", 0};
  remember("{\"old\":1}", seconds(10));
  const auto answer = get(kPath);
  EXPECT_EQ(answer->body, "{\"old\":1}");
  EXPECT_NE(answer->header("Warning"), "");
}

TEST_F(StaleTagTest, UpstreamIsAskedEachTimeByDefault) {
  upstream_.add("docker.io/library/x", "1", "{}", kImageManifest);
  get(kPath);
  get(kPath);
  EXPECT_EQ(upstream_.manifest_heads, 2);
  EXPECT_EQ(upstream_.manifest_gets, 1);
}

TEST_F(StaleTagTest, WhatUpstreamSaysIsToldToTheCluster) {
  upstream_.add("docker.io/library/x", "1", "{}", kImageManifest);
  get(kPath);
  ASSERT_EQ(cluster_.published.count("docker.io/library/x:1"), 1U);
  const auto& told = cluster_.published.at("docker.io/library/x:1");
  EXPECT_EQ(told.descriptor, Descriptor(digest_of("{}"), 2, kImageManifest));
  EXPECT_LE(told.checked_at, SystemClock::now());
}

TEST_F(StaleTagTest, StaleAnswerIsNotToldAgain) {
  fail_upstream(Errc::unavailable);
  peer_remembers("{\"peer\":1}", seconds(50));
  EXPECT_EQ(get(kPath)->status, 200);
  EXPECT_TRUE(cluster_.published.empty());
}

// Upstream is there, and takes its time.
class SlowTagTest : public StaleTagTest {
 protected:
  SlowTagTest() {
    MirrorOptions options = default_options();
    options.upstream_patience = std::chrono::milliseconds(20);
    options.recent_answer = seconds(30);
    remake(std::move(options));
    upstream_.add("docker.io/library/x", "1", "{\"new\":1}", kImageManifest);
    upstream_.head_held = true;
  }
  ~SlowTagTest() override { release(); }
  // Upstream answers all that it was asked.
  void release() {
    upstream_.head_held = false;
    upstream_.gate.notify_all();
    bool settled = false;
    const auto settle = [](Mirror& mirror, bool& done) -> Awaitable<void> {
      co_await mirror.settle(std::chrono::steady_clock::now() + seconds(60));
      done = true;
    };
    spawn(io_.get_executor(), "settle", settle(*mirror_, settled));
    run_until([&] { return settled; });
  }
};

TEST_F(SlowTagTest, ARecentAnswerOfAPeerServesWithoutAWarning) {
  peer_remembers("{\"peer\":1}", seconds(2));
  const auto answer = get(kPath);
  EXPECT_EQ(answer->body, "{\"peer\":1}");
  EXPECT_EQ(answer->header("Warning"), "");
  release();
  upstream_.head_held = true;
  EXPECT_EQ(get(kPath)->body, "{\"new\":1}") << "what upstream said at last is remembered";
}

TEST_F(SlowTagTest, AnOlderAnswerIsNotGivenWhileUpstreamMayStillAnswer) {
  peer_remembers("{\"peer\":1}", seconds(100));
  remember("{\"own\":1}", seconds(50));
  FakeResponder& answer = begin(Ask("GET", kPath));
  run_until([&] { return cluster_.resolves == 1; });
  EXPECT_EQ(answer.status, 0);
  release();
  finish();
  EXPECT_EQ(answer.body, "{\"new\":1}");
}

TEST_F(SlowTagTest, ARecentAnswerWithoutContentIsNone) {
  remember("{\"gone\":1}", seconds(1), false);
  FakeResponder& answer = begin(Ask("GET", kPath));
  run_until([&] { return cluster_.resolves == 1; });
  release();
  finish();
  EXPECT_EQ(answer.body, "{\"new\":1}");
}

TEST_F(SlowTagTest, ANarrowAcceptWaitsForUpstream) {
  peer_remembers("{\"peer\":1}", seconds(1));
  FakeResponder& answer = begin(Ask("GET", kPath).header("accept", kImageManifest));
  run_until([&] { return upstream_.manifest_heads == 1; });
  release();
  finish();
  EXPECT_EQ(answer.body, "{\"new\":1}");
}

class FreshTagTest : public StaleTagTest {
 protected:
  FreshTagTest() {
    MirrorOptions options = default_options();
    options.tag_policy.freshness = seconds(60);
    remake(std::move(options));
    upstream_.add("docker.io/library/x", "1", "{\"new\":1}", kImageManifest);
  }
};

TEST_F(FreshTagTest, AFreshAnswerSparesUpstreamAndHasNoWarning) {
  remember("{\"own\":1}", seconds(10));
  const auto answer = get(kPath);
  EXPECT_EQ(answer->body, "{\"own\":1}");
  EXPECT_EQ(answer->header("Warning"), "");
  EXPECT_EQ(upstream_.manifest_heads, 0);
}

TEST_F(FreshTagTest, AnOldAnswerIsCheckedAndRenewed) {
  remember("{\"own\":1}", seconds(61));
  EXPECT_EQ(get(kPath)->body, "{\"new\":1}");
  EXPECT_EQ(get(kPath)->body, "{\"new\":1}");
  EXPECT_EQ(upstream_.manifest_heads, 1);
}

TEST_F(FreshTagTest, AFreshAnswerWhoseContentIsGoneIsNoAnswer) {
  remember("{\"gone\":1}", seconds(10), false);
  EXPECT_EQ(get(kPath)->body, "{\"new\":1}");
  EXPECT_EQ(upstream_.manifest_heads, 1);
}

TEST_F(FreshTagTest, ANarrowAcceptAsksUpstream) {
  remember("{\"own\":1}", seconds(10));
  EXPECT_EQ(respond(Ask("GET", kPath).header("accept", kImageManifest))->body, "{\"new\":1}");
}

class OfflineTagTest : public StaleTagTest {
 protected:
  OfflineTagTest() {
    MirrorOptions options = default_options();
    options.tag_policies[*RegistryName::parse("docker.io")].offline = true;
    remake(std::move(options));
    upstream_.add("docker.io/library/x", "1", "{\"new\":1}", kImageManifest);
  }
};

TEST_F(OfflineTagTest, ATagThatNobodyRemembersIsNotAskedFor) {
  const auto answer = get(kPath);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error_code(), "MANIFEST_UNKNOWN");
  EXPECT_EQ(upstream_.manifest_heads, 0);
}

TEST_F(OfflineTagTest, TheLastAnswerServesHoweverOldAndWithoutAWarning) {
  const Digest digest = store_content("{\"old\":1}", kImageManifest);
  const store::TagRecord record(Descriptor(digest, 9, kImageManifest),
                                std::chrono::system_clock::now() - std::chrono::hours(1000));
  ASSERT_TRUE(store_->put_tag(repository("docker.io", "library/x"), tag("1"), record));
  const auto answer = get(kPath);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "{\"old\":1}");
  EXPECT_EQ(answer->header("Warning"), "");
  EXPECT_EQ(upstream_.manifest_heads, 0);
}

TEST_F(OfflineTagTest, OtherRegistriesAreAskedAsEver) {
  upstream_.add("quay.io/library/x", "1", "{\"quay\":1}", kImageManifest);
  EXPECT_EQ(respond(Ask("GET", kPath).ns("quay.io"))->body, "{\"quay\":1}");
}

}  // namespace
}  // namespace shoal::mirror
