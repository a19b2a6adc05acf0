// Several URLs of one registry, and patterns of what may be read.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

Answer manifest(const std::string& content) {
  Answer answer(200, content);
  answer.set("Docker-Content-Digest", sha256_of(content).text());
  return answer;
}

class ClientFailoverTest : public ClientTest {
 protected:
  ClientFailoverTest() {
    options_.registries["reg.test"].fallback_urls = {second_.url()};
    second_.on("HEAD", manifest_path("latest"), {manifest("{}")});
    second_.on("GET", blob_path(digest_), ranged(content_));
  }
  double failovers() { return metrics_.upstream_failovers("reg.test").Value(); }

  const std::string content_ = pattern(1000);
  const Digest digest_ = sha256_of(content_);
  FakeRegistry second_{"127.0.0.2"};
};

TEST_F(ClientFailoverTest, APlaceThatFailsIsPassedOverAndThenLeftAlone) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(503, "")});
  ASSERT_TRUE(head_manifest("latest"));
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_EQ(registry_.seen().size(), 1U);
  EXPECT_EQ(second_.seen().size(), 2U);
  EXPECT_EQ(failovers(), 1);
  EXPECT_EQ(retries(), 0);
}

TEST_F(ClientFailoverTest, APlaceThatCannotBeReachedIsPassedOver) {
  {
    const FakeRegistry gone;
    options_.registries["reg.test"].url = gone.url();
  }
  StringSink sink;
  const auto got = get_blob(digest_, ByteRange{0, 1000}, sink);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(sink.data, content_);
}

TEST_F(ClientFailoverTest, ABodyThatBeganIsNotBegunAgainElsewhere) {
  registry_.on("GET", blob_path(digest_), [this](const Seen&) {
    return raw(
        "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-999/1000\r\nContent-Length: 1000\r\n\r\n" +
        content_.substr(0, 100));
  });
  StringSink sink;
  EXPECT_FALSE(get_blob(digest_, ByteRange{0, 1000}, sink));
  EXPECT_EQ(sink.begun, 1);
  EXPECT_TRUE(second_.seen().empty());
}

TEST_F(ClientFailoverTest, NotFoundIsAnAnswer) {
  EXPECT_EQ(head_manifest("latest").error().code, Errc::not_found);
  EXPECT_TRUE(second_.seen().empty());
}

TEST_F(ClientFailoverTest, WhereAllFailTheErrorComesInTheEnd) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(503, "")});
  second_.on("HEAD", manifest_path("latest"), {Answer(502, "")});
  EXPECT_EQ(head_manifest("latest").error().code, Errc::unavailable);
  EXPECT_LE(registry_.seen().size() + second_.seen().size(), 5U);
}

TEST_F(ClientFailoverTest, ATokenIsShownOnlyToThePlaceThatAskedForIt) {
  FakeRegistry tokens("127.0.0.3");
  tokens.on("GET", "/token", {Answer(200, R"({"token":"first"})")});
  Answer challenge(401, "");
  challenge.set("WWW-Authenticate", "Bearer realm=\"" + tokens.url("/token") + "\"");
  registry_.on("HEAD", manifest_path("latest"), {challenge, Answer(503, "")});
  ASSERT_TRUE(head_manifest("latest"));
  EXPECT_EQ(registry_.seen().back().header("authorization"), "Bearer first");
  EXPECT_EQ(second_.seen().at(0).header("authorization"), "");
}

TEST_F(ClientFailoverTest, CredentialsGoToTheRegistrysPlacesAndNotWhereTheyLead) {
  log_in("me", "pw");
  FakeRegistry storage("127.0.0.3");
  storage.on("GET", blob_path(digest_), ranged(content_));
  const std::string place = storage.url(blob_path(digest_));
  registry_.on("GET", blob_path(digest_), {Answer(503, "")});
  second_.on("GET", blob_path(digest_), [place](const Seen& request) {
    const bool known = !request.header("authorization").empty();
    Answer answer(known ? 307 : 401, "");
    if (known) answer.set("Location", place);
    if (!known) answer.set("WWW-Authenticate", "Basic realm=\"r\"");
    return answer;
  });
  StringSink sink;
  ASSERT_TRUE(get_blob(digest_, ByteRange{0, 1000}, sink));
  EXPECT_EQ(second_.seen().back().header("authorization").substr(0, 6), "Basic ");
  ASSERT_EQ(storage.seen().size(), 1U);
  EXPECT_EQ(storage.seen().at(0).header("authorization"), "");
}

TEST_F(ClientFailoverTest, RepositoriesThatAreLeftOutAreNotAskedFor) {
  options_.registries["reg.test"].deny = {"team/*"};
  EXPECT_EQ(head_manifest("latest").error().code, Errc::denied);
  EXPECT_EQ(client().access(repository_), Access::denied);
  EXPECT_TRUE(registry_.seen().empty());
}

}  // namespace
}  // namespace shoal::upstream::testing
