// What a registry lets whom read, and with whose credentials its content is fetched.
#include <gtest/gtest.h>

#include "upstream/client_fixture.h"

namespace shoal::upstream::testing {
namespace {

using Kind = AccessAnswer::Kind;

class ClientAccessTest : public ClientTest {
 protected:
  AccessAnswer ask(const Asker& asker, const std::string& reference = "latest") {
    return run(client().ask_access(repository_,
                                   AccessSubject::of_manifest(*parse_reference(reference)), asker));
  }
  // Answers 200 to that header, else a challenge that leads to the token server.
  void guard(const std::string& authorization) {
    const auto guarded = [this, authorization](const Seen& request) {
      if (request.header("authorization") == authorization) return Answer(200, "{}");
      Answer answer(401, "");
      answer.set("WWW-Authenticate", "Bearer realm=\"" + tokens_.url("/token") +
                                         R"(",service="svc",scope="repository:team/app:pull")");
      return answer;
    };
    registry_.on("HEAD", manifest_path("latest"), guarded);
    registry_.on("GET", manifest_path("latest"), guarded);
  }

  FakeRegistry tokens_{"127.0.0.3"};
};

TEST_F(ClientAccessTest, OpenContentIsGrantedToAnybody) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(200, "{}")});
  EXPECT_EQ(ask(Asker::anybody()).kind, Kind::granted);
}

TEST_F(ClientAccessTest, AlsoBehindTokensThatAnybodyGets) {
  guard("Bearer for-all");
  tokens_.on("GET", "/token", {Answer(200, R"({"token":"for-all"})")});
  EXPECT_EQ(ask(Asker::anybody()).kind, Kind::granted);
}

TEST_F(ClientAccessTest, WhereAnybodysTokenIsNotEnoughTheChallengeIsTheAnswer) {
  guard("Bearer for-members");
  tokens_.on("GET", "/token", {Answer(200, R"({"token":"for-all"})")});
  const AccessAnswer answer = ask(Asker::anybody());
  EXPECT_EQ(answer.kind, Kind::refused);
  EXPECT_EQ(answer.status, 401);
  ASSERT_EQ(answer.challenges.size(), 1U);
  EXPECT_NE(answer.challenges[0].find("scope=\"repository:team/app:pull\""), std::string::npos);
}

TEST_F(ClientAccessTest, AnybodyDoesNotGetWhatOnlyThisNodesCredentialsOpen) {
  log_in("user", "pass");
  guard("Bearer for-members");
  tokens_.on("POST", "/token", {Answer(200, R"({"token":"for-members"})")});
  tokens_.on("GET", "/token", [](const Seen& request) {
    return request.header("authorization").empty() ? Answer(401, "")
                                                   : Answer(200, R"({"token":"for-members"})");
  });
  EXPECT_EQ(ask(Asker::node()).kind, Kind::granted);
  EXPECT_EQ(ask(Asker::anybody()).kind, Kind::refused);
}

TEST_F(ClientAccessTest, AClientsOwnTokenIsSentAsItStandsAndLent) {
  guard("Bearer the-clients");
  EXPECT_EQ(ask(Asker::client("Bearer the-clients")).kind, Kind::granted);
  const auto got = get_manifest("latest");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(tokens_.seen().size(), 0U);
}

TEST_F(ClientAccessTest, ARefusedTokenIsNotLent) {
  guard("Bearer the-clients");
  const AccessAnswer answer = ask(Asker::client("Bearer wrong"));
  EXPECT_EQ(answer.kind, Kind::refused);
  EXPECT_EQ(answer.challenges.size(), 1U);
  EXPECT_EQ(answer.why.find("wrong"), std::string::npos) << answer.why;
  EXPECT_FALSE(get_manifest("latest"));
  for (const Seen& seen : registry_.seen()) {
    if (seen.method == "HEAD") continue;
    EXPECT_EQ(seen.header("authorization"), "");
  }
}

TEST_F(ClientAccessTest, ALentTokenThatEndedIsDropped) {
  guard("Bearer first");
  EXPECT_EQ(ask(Asker::client("Bearer first")).kind, Kind::granted);
  guard("Bearer second");
  EXPECT_FALSE(get_manifest("latest"));
  EXPECT_EQ(ask(Asker::client("Bearer second")).kind, Kind::granted);
  EXPECT_TRUE(get_manifest("latest"));
}

TEST_F(ClientAccessTest, AClientsTokenGoesToTheRegistryAlone) {
  FakeRegistry storage("127.0.0.4");
  const Digest digest = *Digest::parse("sha256:" + std::string(64, 'a'));
  Answer away(307, "");
  away.set("Location", storage.url("/there"));
  registry_.on("HEAD", "/v2/team/app/blobs/" + digest.text(), {away});
  const AccessAnswer answer = run(client().ask_access(repository_, AccessSubject::of_blob(digest),
                                                      Asker::client("Bearer the-clients")));
  EXPECT_EQ(answer.kind, Kind::granted);
  EXPECT_EQ(storage.seen().size(), 0U);
}

TEST_F(ClientAccessTest, WhatIsNotThereIsAbsent) {
  EXPECT_EQ(ask(Asker::anybody(), "none").kind, Kind::absent);
}

TEST_F(ClientAccessTest, ARegistryThatRefusesHeadIsAskedByGet) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(405, "")});
  registry_.on("GET", manifest_path("latest"), {Answer(200, "{}")});
  EXPECT_EQ(ask(Asker::anybody()).kind, Kind::granted);
}

TEST_F(ClientAccessTest, ARegistryThatFailsSaysNothing) {
  registry_.on("HEAD", manifest_path("latest"), {Answer(503, "")});
  const AccessAnswer answer = ask(Asker::anybody());
  EXPECT_EQ(answer.kind, Kind::unknown);
  EXPECT_NE(answer.why, "");
  EXPECT_EQ(registry_.seen().size(), 1U) << "nobody waits for it";
}

}  // namespace
}  // namespace shoal::upstream::testing
