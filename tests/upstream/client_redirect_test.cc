// Where redirects may lead, and what goes along.
#include <gtest/gtest.h>

#include "upstream/base64.h"
#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

Answer redirect(const std::string& location, int status = 307) {
  Answer answer(status, "moved");
  answer.set("Location", location);
  answer.set("Set-Cookie", "session=1");
  return answer;
}

class ClientRedirectTest : public ClientTest {
 protected:
  ClientRedirectTest() {
    log_in("me", "pw");
    registry_.on("GET", blob_path(digest_), [this](const Seen& request) {
      if (!request.header("authorization").empty()) return redirect(cdn_.url("/blob?sig=secret"));
      Answer answer(401, "");
      answer.set("WWW-Authenticate", "Basic realm=\"r\"");
      return answer;
    });
    cdn_.on("GET", "/blob", ranged(content_));
  }

  const std::string content_ = pattern(1000);
  const Digest digest_ = sha256_of(content_);
  FakeRegistry cdn_{"127.0.0.2"};
};

TEST_F(ClientRedirectTest, AuthorizationStaysAtHome) {
  StringSink sink;
  const auto got = get_blob(digest_, ByteRange{0, 1000}, sink);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink.data, content_);
  const auto seen = cdn_.seen().at(0);
  EXPECT_EQ(seen.header("authorization"), "");
  EXPECT_EQ(seen.header("cookie"), "");
  EXPECT_EQ(seen.header("range"), "bytes=0-999");
  EXPECT_EQ(seen.target, "/blob?sig=secret");
}

TEST_F(ClientRedirectTest, SameHostOnAnotherPortIsAnotherServer) {
  FakeRegistry neighbour("127.0.0.1");
  neighbour.on("GET", "/blob", ranged(content_));
  registry_.on("GET", blob_path(digest_), [&](const Seen& request) {
    if (!request.header("authorization").empty()) return redirect(neighbour.url("/blob"));
    Answer answer(401, "");
    answer.set("WWW-Authenticate", "Basic realm=\"r\"");
    return answer;
  });
  StringSink sink;
  ASSERT_TRUE(get_blob(digest_, ByteRange{0, 10}, sink));
  EXPECT_EQ(neighbour.seen().at(0).header("authorization"), "");
}

TEST_F(ClientRedirectTest, RedirectWithinTheRegistryKeepsAuthorization) {
  registry_.on("GET", blob_path(digest_), [](const Seen& request) {
    if (!request.header("authorization").empty()) return redirect("/elsewhere", 302);
    Answer answer(401, "");
    answer.set("WWW-Authenticate", "Basic realm=\"r\"");
    return answer;
  });
  registry_.on("GET", "/elsewhere", ranged(content_));
  StringSink sink;
  ASSERT_TRUE(get_blob(digest_, ByteRange{0, 10}, sink));
  EXPECT_EQ(registry_.seen("GET", "/elsewhere").at(0).header("authorization"),
            "Basic " + base64_encode("me:pw"));
}

TEST_F(ClientRedirectTest, PlaceIsKeptForTheNextRange) {
  StringSink first;
  StringSink second;
  ASSERT_TRUE(get_blob(digest_, ByteRange{0, 500}, first));
  const std::size_t asked = registry_.seen().size();
  ASSERT_TRUE(get_blob(digest_, ByteRange{500, 500}, second));
  EXPECT_EQ(registry_.seen().size(), asked);
  EXPECT_EQ(first.data + second.data, content_);
}

TEST_F(ClientRedirectTest, SpentPlaceIsResolvedAnew) {
  for (const int status : {401, 403, 410, 302}) {
    StringSink warm;
    cdn_.on("GET", "/blob", ranged(content_));
    ASSERT_TRUE(get_blob(digest_, ByteRange{0, 500}, warm));
    const std::size_t asked = registry_.seen().size();
    cdn_.on("GET", "/blob", [this, status, spent = true](const Seen& request) mutable {
      if (!std::exchange(spent, false)) return ranged(content_)(request);
      return Answer(status, "expired");
    });
    StringSink sink;
    const auto got = get_blob(digest_, ByteRange{500, 500}, sink);
    ASSERT_TRUE(got) << status << ": " << got.error().message;
    EXPECT_EQ(sink.data, content_.substr(500));
    EXPECT_EQ(registry_.seen().size(), asked + 1);
  }
}

TEST_F(ClientRedirectTest, LoopEnds) {
  registry_.on("GET", blob_path(digest_), {redirect(cdn_.url("/loop"))});
  cdn_.on("GET", "/loop", {redirect("/loop")});
  StringSink sink;
  const auto got = get_blob(digest_, ByteRange{0, 10}, sink);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::protocol);
  EXPECT_EQ(cdn_.seen().size(), 5U);
}

TEST_F(ClientRedirectTest, FiveRedirectsAreFine) {
  registry_.on("GET", blob_path(digest_), {redirect(cdn_.url("/1"))});
  for (int i = 1; i <= 4; ++i) {
    const std::string next = i == 4 ? "/blob" : "/" + std::to_string(i + 1);
    cdn_.on("GET", "/" + std::to_string(i), {redirect(next, 301)});
  }
  StringSink sink;
  const auto got = get_blob(digest_, ByteRange{0, 10}, sink);
  ASSERT_TRUE(got) << got.error().message;
}

TEST_F(ClientRedirectTest, ForbiddenPlacesAreRefused) {
  for (const char* location :
       {"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "file:///etc/passwd",
        "http://[::ffff:169.254.169.254]/", "http://me:pw@127.0.0.2/", "http://0xa9fea9fe/", ""}) {
    registry_.on("GET", blob_path(digest_), {redirect(location)});
    StringSink sink;
    const auto got = get_blob(digest_, ByteRange{0, 10}, sink);
    ASSERT_FALSE(got) << location;
    EXPECT_EQ(got.error().code, Errc::protocol) << location << ": " << got.error().message;
    EXPECT_EQ(sink.begun, 0);
  }
}

TEST_F(ClientRedirectTest, RedirectWithoutLocation) {
  registry_.on("GET", blob_path(digest_), {Answer(307, "")});
  StringSink sink;
  EXPECT_EQ(get_blob(digest_, ByteRange{0, 10}, sink).error().code, Errc::protocol);
}

TEST_F(ClientRedirectTest, ErrorsNeverHoldTheSignature) {
  cdn_.on("GET", "/blob", {Answer(404, "")});
  StringSink sink;
  const auto got = get_blob(digest_, ByteRange{0, 10}, sink);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::not_found);
  EXPECT_EQ(got.error().message.find("secret"), std::string::npos);
}

TEST_F(ClientRedirectTest, ManifestsAreRedirectedToo) {
  registry_.on("GET", manifest_path("latest"), {redirect(cdn_.url("/manifest"))});
  cdn_.on("GET", "/manifest", {Answer(200, "{}")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->content, "{}");
}

}  // namespace
}  // namespace shoal::upstream::testing
