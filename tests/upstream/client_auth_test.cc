// Challenges, tokens and credentials, against a registry with a token server.
#include <gtest/gtest.h>

#include "upstream/base64.h"
#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

class ClientAuthTest : public ClientTest {
 protected:
  ClientAuthTest() {
    const auto guarded = [this](const Seen& request) {
      if (request.header("authorization") == "Bearer " + good_token()) return Answer(200, "{}");
      return challenged(tokens_.url("/token"));
    };
    registry_.on("GET", manifest_path("latest"), guarded);
    tokens_.on("GET", "/token", {token("tok-1")});
  }

  static Answer challenged(const std::string& realm) {
    Answer answer(401, R"({"errors":[]})");
    answer.set("WWW-Authenticate",
               "Bearer realm=\"" + realm + R"(",service="svc",scope="repository:team/app:pull")");
    return answer;
  }
  static Answer token(const std::string& text) {
    return Answer(200, R"({"token": ")" + text + R"(", "expires_in": 300})");
  }
  static std::string basic(const std::string& pair) { return "Basic " + base64_encode(pair); }

  std::string good_token() {
    const std::lock_guard lock(mutex_);
    return good_token_;
  }
  void set_good_token(const std::string& text) {
    const std::lock_guard lock(mutex_);
    good_token_ = text;
  }

  FakeRegistry tokens_{"127.0.0.3"};

 private:
  std::mutex mutex_;
  std::string good_token_ = "tok-1";
};

TEST_F(ClientAuthTest, AnonymousTokenIsFetchedOnceAndKept) {
  for (int i = 0; i < 3; ++i) {
    const auto got = get_manifest("latest");
    ASSERT_TRUE(got) << got.error().message;
  }
  const auto asked = tokens_.seen();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].target, "/token?service=svc&scope=repository%3Ateam%2Fapp%3Apull");
  EXPECT_EQ(asked[0].header("authorization"), "");
  EXPECT_EQ(registry_.seen().size(), 4U);  // one 401, then the token goes along from the start
}

TEST_F(ClientAuthTest, ManyAtOnceShareOneTokenRequest) {
  constexpr int kCalls = 8;
  int done = 0;
  int good = 0;
  const auto call = [&](Client& client) -> Awaitable<void> {
    const Reference reference = *parse_reference("latest");
    const auto got = co_await client.get_manifest(repository_, reference, std::string());
    good += got.has_value() ? 1 : 0;
    if (++done == kCalls) io_.stop();
  };
  for (int i = 0; i < kCalls; ++i) spawn(io_.get_executor(), "call", call(client()));
  io_.run_for(kTestTimeout);
  EXPECT_EQ(good, kCalls);
  EXPECT_EQ(tokens_.seen().size(), 1U);
}

TEST_F(ClientAuthTest, RefusedTokenIsReplaced) {
  ASSERT_TRUE(get_manifest("latest"));
  set_good_token("tok-2");
  tokens_.on("GET", "/token", {token("tok-2")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(tokens_.seen().size(), 2U);
}

TEST_F(ClientAuthTest, TokenThatIsNeverAcceptedEnds) {
  set_good_token("another");
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unauthorized);
  EXPECT_LE(registry_.seen().size(), 3U);
}

TEST_F(ClientAuthTest, CredentialsGoByPost) {
  log_in("me", "pass word");
  tokens_.on("POST", "/token", {token("tok-1")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  const auto asked = tokens_.seen().at(0);
  EXPECT_NE(asked.body.find("username=me&password=pass%20word"), std::string::npos);
  EXPECT_EQ(asked.header("content-type"), "application/x-www-form-urlencoded");
}

TEST_F(ClientAuthTest, PostFallsBackToGet) {
  log_in("me", "pw");
  for (const int status : {400, 401, 404, 405}) {
    tokens_.on("POST", "/token", {Answer(status, "")});
    const std::string fresh = "tok-" + std::to_string(status);
    set_good_token(fresh);
    tokens_.on("GET", "/token", {token(fresh)});
    const auto got = get_manifest("latest");
    ASSERT_TRUE(got) << status << ": " << got.error().message;
    EXPECT_EQ(tokens_.seen().back().header("authorization"), basic("me:pw"));
    EXPECT_NE(tokens_.seen().back().target.find("&account=me"), std::string::npos);
  }
}

TEST_F(ClientAuthTest, IdentityTokenIsARefreshToken) {
  options_.docker_config = write_file(
      "config.json", R"({"auths": {"reg.test": {"auth": "dTo=", "identitytoken": "id-token"}}})");
  tokens_.on("POST", "/token", {token("tok-1")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_NE(tokens_.seen().at(0).body.find("grant_type=refresh_token&refresh_token=id-token"),
            std::string::npos);
}

TEST_F(ClientAuthTest, WrongPasswordIsUnauthorizedAndNotTriedAgain) {
  log_in("me", "very-secret");
  tokens_.on("POST", "/token", {Answer(401, "")});
  tokens_.on("GET", "/token", {Answer(401, "")});
  const auto got = get_manifest("latest");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unauthorized);
  EXPECT_EQ(got.error().message.find("very-secret"), std::string::npos);
  EXPECT_NE(got.error().message.find("reg.test"), std::string::npos);
  EXPECT_EQ(tokens_.seen().size(), 2U);
  EXPECT_EQ(retries(), 0);
}

TEST_F(ClientAuthTest, BasicChallengeIsAnsweredWithCredentials) {
  log_in("me", "pw");
  registry_.on("GET", manifest_path("latest"), [](const Seen& request) {
    if (request.header("authorization") == basic("me:pw")) return Answer(200, "{}");
    Answer answer(401, "");
    answer.set("WWW-Authenticate", "Basic realm=\"r\"");
    return answer;
  });
  ASSERT_TRUE(get_manifest("latest"));
  ASSERT_TRUE(get_manifest("latest"));
  EXPECT_EQ(registry_.seen().size(), 3U);
  EXPECT_EQ(registry_.seen().at(0).header("authorization"), "");  // nothing unasked
}

TEST_F(ClientAuthTest, BasicChallengeWithWrongOrNoCredentials) {
  Answer basic_only(401, "");
  basic_only.set("WWW-Authenticate", "Basic realm=\"r\"");
  registry_.on("GET", manifest_path("latest"), {basic_only});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::unauthorized);
  EXPECT_EQ(registry_.seen().size(), 1U);
}

TEST_F(ClientAuthTest, BasicRefusedEnds) {
  log_in("me", "wrong");
  Answer basic_only(401, "");
  basic_only.set("WWW-Authenticate", "Basic realm=\"r\"");
  registry_.on("GET", manifest_path("latest"), {basic_only});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::unauthorized);
  EXPECT_EQ(registry_.seen().size(), 2U);
}

TEST_F(ClientAuthTest, UnauthorizedWithoutAChallenge) {
  registry_.on("GET", manifest_path("latest"), {Answer(401, "")});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::unauthorized);
}

TEST_F(ClientAuthTest, HostileRealmsAreRefused) {
  log_in("me", "pw");
  for (const char* realm : {"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
                            "gopher://127.0.0.1:70/", "http://user@127.0.0.1/", "/relative", ""}) {
    registry_.on("GET", manifest_path("latest"), {challenged(realm)});
    const auto got = get_manifest("latest");
    ASSERT_FALSE(got) << realm;
    EXPECT_EQ(got.error().code, Errc::protocol) << realm << ": " << got.error().message;
  }
  EXPECT_TRUE(tokens_.seen().empty());
}

TEST_F(ClientAuthTest, HostileTokenAnswers) {
  for (const std::string body : {"", "nonsense", "{}", R"({"token": "a\r\nX-Evil: 1"})"}) {
    tokens_.on("GET", "/token", {Answer(200, body)});
    EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol) << body;
  }
  tokens_.on("GET", "/token", {Answer(200, std::string(300 * 1024, ' '))});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::too_large);
}

TEST_F(ClientAuthTest, TokenServerThatFlapsIsTriedAgain) {
  tokens_.on("GET", "/token", {hang_up(), Answer(503, ""), token("tok-1")});
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(retries(), 2);
}

TEST_F(ClientAuthTest, TokenServerRedirectIsNotFollowed) {
  log_in("me", "pw");
  Answer elsewhere(307, "");
  elsewhere.set("Location", registry_.url("/stolen"));
  tokens_.on("POST", "/token", {elsewhere});
  EXPECT_EQ(get_manifest("latest").error().code, Errc::protocol);
  EXPECT_TRUE(registry_.seen("POST", "/stolen").empty());
}

}  // namespace
}  // namespace shoal::upstream::testing
