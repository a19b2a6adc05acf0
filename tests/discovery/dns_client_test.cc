#include "discovery/dns_client.h"

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"
#include "discovery/fake_dns.h"

namespace shoal::discovery::testing {
namespace {

class DnsClientTest : public DiscoveryFixture {
 protected:
  DnsClientTest() {
    options_.servers = {dns_.address()};
    options_.search_domains.emplace();
    // A busy machine is no reason to give up; tests of silence set less.
    options_.timeout = std::chrono::seconds(10);
  }
  void give_up_soon() { options_.timeout = std::chrono::milliseconds(50); }
  void make_client() {
    auto client = DnsClient::create(io_.get_executor(), options_);
    ASSERT_TRUE(client) << client.error().message;
    client_ = std::move(*client);
  }
  Result<DnsMessage> ask(const std::string& name, DnsType type = DnsType::a) {
    if (!client_) make_client();
    return result_of(wait_for(client_->ask(name, type)));
  }
  static Awaitable<Result<DnsMessage>> wait_for(std::shared_ptr<DnsClient::Question> question) {
    auto answer = co_await question->answer();
    co_return answer;
  }
  void answer_with(Reply reply) { dns_.set("peers.test", kA, std::move(reply)); }

  FakeDns dns_{io_};
  DnsClientOptions options_;
  std::unique_ptr<DnsClient> client_;
};

TEST_F(DnsClientTest, AnswersComeByTheirType) {
  dns_.set_records({a_record("peers.test", "10.0.0.1"), aaaa_record("peers.test", "2001:db8::7"),
                    srv_record("_s._tcp.peers.test", "n1.test", 7000)});
  const auto a = ask("peers.test", DnsType::a);
  ASSERT_TRUE(a) << a.error().message;
  EXPECT_EQ(a->addresses.at(0).address.to_string(), "10.0.0.1");
  EXPECT_EQ(ask("peers.test", DnsType::aaaa)->addresses.at(0).address.to_string(), "2001:db8::7");
  EXPECT_EQ(ask("_s._tcp.peers.test", DnsType::srv)->services.at(0).port, 7000);
}

TEST_F(DnsClientTest, WhatDoesNotFitADatagramComesOverTcp) {
  std::vector<Record> records;
  for (int i = 0; i < 2000; ++i) {
    records.push_back(a_record(
        "peers.test", "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1)));
  }
  dns_.set_records(records);
  const auto answer = ask("peers.test");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->addresses.size(), 2000U);
  EXPECT_EQ(dns_.asked_udp("peers.test", kA), 1);
  EXPECT_EQ(dns_.asked_tcp("peers.test", kA), 1);
}

TEST_F(DnsClientTest, CutOffAnswerWithoutRecordsIsAskedForAgain) {
  Reply reply;
  reply.truncated = true;
  reply.answers = {a_record("peers.test", "10.0.0.1")};
  answer_with(reply);
  const auto answer = ask("peers.test");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->addresses.size(), 1U);
}

TEST_F(DnsClientTest, ErrorsSayWhatIsWrongAndNameTheName) {
  const std::pair<unsigned, Errc> codes[] = {{kNxDomain, Errc::not_found},
                                             {0, Errc::not_found},
                                             {kServFail, Errc::unavailable},
                                             {kRefused, Errc::unavailable}};
  for (const auto& [code, expected] : codes) {
    Reply reply;
    reply.code = code;
    answer_with(reply);
    const auto answer = ask("peers.test");
    ASSERT_FALSE(answer) << code;
    EXPECT_EQ(answer.error().code, expected) << answer.error().message;
    EXPECT_THAT(answer.error().message, ::testing::StartsWith("peers.test: "));
  }
}

TEST_F(DnsClientTest, SilenceEndsAfterAllTries) {
  give_up_soon();
  Reply reply;
  reply.silent = true;
  answer_with(reply);
  const auto answer = ask("peers.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout) << answer.error().message;
  EXPECT_EQ(dns_.asked_udp("peers.test", kA), options_.tries);
}

TEST_F(DnsClientTest, SilenceOverTcpEndsToo) {
  give_up_soon();
  Reply reply;
  reply.truncated = true;
  answer_with(reply);
  make_client();
  auto question = client_->ask("peers.test", DnsType::a);
  run_until([&] { return dns_.asked_udp("peers.test", kA) > 0; }, "the question came");
  reply.truncated = false;
  reply.silent = true;
  answer_with(reply);
  EXPECT_FALSE(result_of(wait_for(question)));
}

TEST_F(DnsClientTest, GarbageIsNoAnswer) {
  give_up_soon();
  for (const std::string& raw : {std::string("x"), std::string(200, '\xff'),
                                 std::string("\x85\x80\0\x01\xff\xff\0\0\0\0", 10)}) {
    Reply reply;
    reply.raw = raw;
    answer_with(reply);
    EXPECT_FALSE(ask("peers.test"));
  }
  client_.reset();
  options_.timeout = std::chrono::seconds(10);
  Reply reply;
  reply.answers = {Record{"peers.test", kA, 30, "abc"}};
  answer_with(reply);
  const auto answer = ask("peers.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::protocol);
}

TEST_F(DnsClientTest, NobodyThereIsNoAnswer) {
  asio::ip::udp::socket taken(io_, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0));
  options_.servers = {"127.0.0.1:" + std::to_string(taken.local_endpoint().port())};
  taken.close();
  // Each try gets a socket, and they have the same number: a closed one's end must not be the next's.
  const auto answer = ask("peers.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message;
}

TEST_F(DnsClientTest, SecondServerIsAskedWhereTheFirstIsSilent) {
  give_up_soon();
  options_.tries = 20;
  FakeDns silent(io_);
  Reply reply;
  reply.silent = true;
  silent.set("peers.test", kA, reply);
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  options_.servers = {silent.address(), dns_.address()};
  EXPECT_TRUE(ask("peers.test"));
}

TEST_F(DnsClientTest, SearchDomainsComplete) {
  options_.search_domains = {"other.local", "cluster.local"};
  dns_.set_records({a_record("peers.shoal.svc.cluster.local", "10.0.0.1")});
  const auto answer = ask("peers.shoal.svc");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->addresses.size(), 1U);
}

TEST_F(DnsClientTest, ManyQuestionsAtOnce) {
  make_client();
  std::vector<std::shared_ptr<DnsClient::Question>> questions;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "n" + std::to_string(i) + ".test";
    dns_.set_records({a_record(name, "10.0.0.1")});
    questions.push_back(client_->ask(name, DnsType::a));
  }
  for (const auto& question : questions) EXPECT_TRUE(result_of(wait_for(question)));
}

TEST_F(DnsClientTest, NamesThatAreNoneAreRefused) {
  EXPECT_FALSE(ask(std::string(70, 'a') + ".test"));
  EXPECT_FALSE(ask(std::string(3000, 'a')));
  EXPECT_FALSE(ask(".."));
  EXPECT_FALSE(ask(""));
}

TEST_F(DnsClientTest, OpenQuestionsEndWithTheClient) {
  Reply reply;
  reply.silent = true;
  answer_with(reply);
  make_client();
  const auto canceled = client_->ask("peers.test", DnsType::a);
  client_->cancel();
  EXPECT_EQ(result_of(wait_for(canceled)).error().code, Errc::canceled);
  const auto orphan = client_->ask("peers.test", DnsType::a);
  client_.reset();
  EXPECT_EQ(result_of(wait_for(orphan)).error().code, Errc::canceled);
}

TEST_F(DnsClientTest, ServersThatAreNoneAreNamed) {
  options_.servers = {"nowhere"};
  const auto client = DnsClient::create(io_.get_executor(), options_);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, ::testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace shoal::discovery::testing
