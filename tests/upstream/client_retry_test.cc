// What is tried again, what is not, and how calls end when the client stops.
#include <poll.h>

#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

Answer busy(int status, const std::string& retry_after = "") {
  Answer answer(status, "");
  if (!retry_after.empty()) answer.set("Retry-After", retry_after);
  return answer;
}

class ClientRetryTest : public ClientTest {
 protected:
  const std::string path_ = manifest_path("latest");
};

TEST_F(ClientRetryTest, FlappingRegistryIsTriedAgain) {
  registry_.on("GET", path_, {hang_up(), busy(503), busy(500), Answer(200, "{}")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(retries(), 3);
  EXPECT_EQ(requests("503"), 1);
  EXPECT_EQ(requests("error"), 1);
}

TEST_F(ClientRetryTest, GivesUpAfterTheLastTry) {
  registry_.on("GET", path_, {busy(502)});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::unavailable);
  EXPECT_EQ(registry_.seen().size(), 4U);
}

TEST_F(ClientRetryTest, RetryAfterIsWaitedFor) {
  registry_.on("GET", path_, {busy(429, "1"), Answer(200, "{}")});
  const auto before = std::chrono::steady_clock::now();
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(950));
}

TEST_F(ClientRetryTest, LongRetryAfterIsTheCallersBusiness) {
  registry_.on("GET", path_, {busy(429, "3600")});
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::rate_limited);
  EXPECT_EQ(got.error().retry_after_s, 3600);
  EXPECT_EQ(registry_.seen().size(), 1U);
}

TEST_F(ClientRetryTest, BlobIsTriedAgainWhileNothingReachedTheSink) {
  const std::string content = pattern(1000);
  const auto digest = sha256_of(content);
  registry_.on("GET", blob_path(digest), [content, calls = 0](const Seen& request) mutable {
    return ++calls < 3 ? busy(503) : ranged(content)(request);
  });
  StringSink sink;
  const auto got = get_blob(digest, ByteRange{0, 1000}, sink);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink.begun, 1);
  EXPECT_EQ(sink.data, content);
}

TEST_F(ClientRetryTest, ManifestThatBreaksOffIsTriedAgain) {
  registry_.on("GET", path_,
               {raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), Answer(200, "{}")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->content, "{}");
}

TEST_F(ClientRetryTest, NobodyListening) {
  // A port that was free a moment ago: bound by nobody.
  std::string nobody;
  {
    const FakeRegistry gone;
    nobody = gone.url();
  }
  options_.registries["reg.test"].url = nobody;
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
  EXPECT_EQ(requests("error"), 4);
}

TEST_F(ClientRetryTest, HostNobodyKnows) {
  options_.registries["reg.test"].url = "http://no-such-host.invalid";
  options_.attempts_max = 1;
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().code == Errc::unavailable || got.error().code == Errc::timeout);
  EXPECT_NE(got.error().message.find("no-such-host.invalid"), std::string::npos);
}

TEST_F(ClientRetryTest, NameIsResolved) {
  options_.registries["reg.test"].url = "http://localhost:" + std::to_string(registry_.port());
  registry_.on("GET", path_, {Answer(200, "{}")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
}

TEST_F(ClientRetryTest, SilentServerTimesOut) {
  options_.header_timeout = std::chrono::milliseconds(100);
  options_.attempts_max = 2;
  Answer silent(0, "");
  silent.by_hand = [](Wire& wire) {
    char byte = 0;
    wire.read_some(&byte, 1);
  };
  registry_.on("GET", path_, {silent});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::timeout);
  EXPECT_EQ(registry_.seen().size(), 2U);
}

TEST_F(ClientRetryTest, HeaderThatDripsInTimesOut) {
  options_.header_timeout = std::chrono::milliseconds(200);
  options_.attempts_max = 1;
  Answer dripping(0, "");
  dripping.by_hand = [](Wire& wire) {
    wire.write("HTTP/1.1 200 OK\r\nX: ");
    pollfd never{-1, 0, 0};
    while (wire.write("a")) ::poll(&never, 1, 20);
  };
  registry_.on("GET", path_, {dripping});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::timeout);
}

TEST_F(ClientRetryTest, ConnectionsAreKept) {
  registry_.on("GET", path_, {Answer(200, "{}")});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(get_manifest("latest"));
  EXPECT_EQ(registry_.connections(), 1);
}

TEST_F(ClientRetryTest, StaleKeptConnectionIsNoFailedTry) {
  options_.attempts_max = 1;
  // The second request on a connection finds it closed.
  registry_.on("GET", path_, [](const Seen& request) {
    return request.index == 0 ? Answer(200, "{}") : hang_up();
  });
  for (int i = 0; i < 3; ++i) {
    const auto got = get_manifest("latest");
    ASSERT_TRUE(got) << got.error().message;
  }
  EXPECT_EQ(registry_.connections(), 3);
  EXPECT_EQ(retries(), 0);
}

TEST_F(ClientRetryTest, ConnectionTheServerClosedIsNotKept) {
  Answer closing(200, "{}");
  closing.set("Connection", "close");
  closing.close_after = true;
  registry_.on("GET", path_, {closing});
  ASSERT_TRUE(get_manifest("latest"));
  ASSERT_TRUE(get_manifest("latest"));
  EXPECT_EQ(registry_.connections(), 2);
}

TEST_F(ClientRetryTest, StopEndsWhatIsUnderWay) {
  Answer silent(0, "");
  silent.by_hand = [this](Wire& wire) {
    asio::post(io_, [this] { client().stop(); });
    char byte = 0;
    wire.read_some(&byte, 1);
  };
  registry_.on("GET", path_, {silent});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::canceled);
  EXPECT_EQ(get_manifest("latest").error().code, Errc::canceled);
  EXPECT_EQ(registry_.seen().size(), 1U);
}

TEST_F(ClientRetryTest, StopEndsABackOff) {
  options_.backoff_base = options_.backoff_max = std::chrono::hours(1);
  registry_.on("GET", path_, [this](const Seen&) {
    // Long after the answer is read, as the loop is busy with that first.
    asio::post(io_, [this] { asio::post(io_, [this] { client().stop(); }); });
    return busy(503);
  });
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().code == Errc::unavailable || got.error().code == Errc::canceled);
}

TEST_F(ClientRetryTest, UnfinishedCallsDieWithTheClient) {
  Answer silent(0, "");
  silent.by_hand = [this](Wire& wire) {
    asio::post(io_, [this] { io_.stop(); });
    char byte = 0;
    wire.read_some(&byte, 1);
  };
  registry_.on("GET", path_, {silent});
  EXPECT_THROW(get_manifest("latest"), std::runtime_error);  // the loop was stopped under it
}

}  // namespace
}  // namespace shoal::upstream::testing
