#include "discovery/dns_peers.h"

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"
#include "discovery/fake_dns.h"

namespace shoal::discovery::testing {
namespace {

using std::chrono::milliseconds;

class DnsPeersTest : public DiscoveryFixture {
 protected:
  DnsPeersTest() {
    options_.client.servers = {dns_.address()};
    options_.client.search_domains.emplace();
    options_.client.timeout = std::chrono::seconds(10);
    options_.refresh = milliseconds(20);
    options_.ttl_floor = milliseconds(1);
  }
  ~DnsPeersTest() override {
    if (peers_) stop(*peers_);
  }
  void look_up(std::initializer_list<const char*> names) {
    std::vector<DnsName> parsed;
    for (const char* name : names) parsed.push_back(*DnsName::parse(name));
    peers_ = std::make_unique<DnsPeers>(io_.get_executor(), metrics_, std::move(parsed), options_);
    start(*peers_);
  }
  void run_until_found(const Endpoints& expected) {
    run_until([&] { return found_ == expected; }, "these were found");
  }
  double errors() { return metrics_.discovery_errors("dns").Value(); }
  void run_for_errors(int count) {
    const double goal = errors() + count;
    run_until([&] { return errors() >= goal; }, "it failed often enough");
  }
  void fail_with(unsigned code) {
    Reply reply;
    reply.code = code;
    dns_.set("peers.test", kA, reply);
    dns_.set("peers.test", kAaaa, reply);
  }

  FakeDns dns_{io_};
  DnsPeersOptions options_;
  std::unique_ptr<DnsPeers> peers_;
};

TEST_F(DnsPeersTest, HostsAddressesOfBothKindsGetThePort) {
  dns_.set_records({a_record("peers.test", "10.0.0.1"), a_record("peers.test", "10.0.0.2"),
                    aaaa_record("peers.test", "2001:db8::7")});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881", "10.0.0.2:6881", "[2001:db8::7]:6881"}));
}

TEST_F(DnsPeersTest, ServiceWithGlueNeedsOneQuestion) {
  Reply reply;
  reply.answers = {srv_record("_s._tcp.test", "n1.test", 7001),
                   srv_record("_s._tcp.test", "n2.test", 7002)};
  reply.extra = {a_record("n1.test", "10.0.0.1"), a_record("n2.test", "10.0.0.2"),
                 a_record("stranger.test", "10.0.0.9")};
  dns_.set("_s._tcp.test", kSrv, reply);
  look_up({"_s._tcp.test"});
  run_until_found(endpoints({"10.0.0.1:7001", "10.0.0.2:7002"}));
  EXPECT_EQ(dns_.asked_udp("n1.test", kA), 0);
}

TEST_F(DnsPeersTest, TargetsWithoutGlueAreAskedFor) {
  std::vector<Record> records;
  Endpoints expected;
  for (int i = 1; i <= 200; ++i) {  // more than one batch, and too many for a datagram
    const std::string target = "n" + std::to_string(i) + ".test";
    records.push_back(srv_record("_s._tcp.test", target, 7000));
    records.push_back(a_record(target, "10.0.0." + std::to_string(i)));
    expected.insert({records.back().data.empty()
                         ? asio::ip::address()
                         : asio::ip::make_address("10.0.0." + std::to_string(i)),
                     7000});
  }
  records.push_back(srv_record("_s._tcp.test", "gone.test", 7000));
  dns_.set_records(records);
  look_up({"_s._tcp.test"});
  run_until_found(expected);
}

TEST_F(DnsPeersTest, SeveralNamesAreOneAnswer) {
  dns_.set_records({a_record("one.test", "10.0.0.1"), a_record("two.test", "10.0.0.2")});
  look_up({"one.test:1", "nobody.test:3", "two.test:2"});
  run_until_found(endpoints({"10.0.0.1:1", "10.0.0.2:2"}));
}

TEST_F(DnsPeersTest, ChangedAnswerIsTold) {
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881"}));
  dns_.set_records({a_record("peers.test", "10.0.0.2"), a_record("peers.test", "10.0.0.3")});
  run_until_found(endpoints({"10.0.0.2:6881", "10.0.0.3:6881"}));
}

TEST_F(DnsPeersTest, ShortTtlIsLookedUpBeforeRefresh) {
  options_.refresh = std::chrono::hours(1);
  dns_.set_records(
      {a_record("peers.test", "10.0.0.1", 0), aaaa_record("peers.test", "2001:db8::7", 3600)});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881", "[2001:db8::7]:6881"}));
  dns_.set_records({a_record("peers.test", "10.0.0.2", 0)});
  run_until_found(endpoints({"10.0.0.2:6881", "[2001:db8::7]:6881"}));
}

TEST_F(DnsPeersTest, TtlCountsBetweenItsFloorAndRefresh) {
  using std::chrono::seconds;
  DnsPeersOptions options;
  options.refresh = seconds(30);
  options.ttl_floor = seconds(5);
  EXPECT_EQ(next_look(seconds(0), options), seconds(5));
  EXPECT_EQ(next_look(seconds(10), options), seconds(10));
  EXPECT_EQ(next_look(seconds(2'000'000'000), options), seconds(30));
  options.refresh = seconds(1);
  EXPECT_EQ(next_look(seconds(0), options), seconds(1));
}

TEST_F(DnsPeersTest, NameThatStopsResolvingKeepsItsAddressesAndSaysSoOnce) {
  const LogCapture log;
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881"}));
  for (const unsigned code : {kNxDomain, kServFail}) {
    fail_with(code);
    run_for_errors(3);
  }
  EXPECT_EQ(times_found_, 1);
  EXPECT_EQ(log.lines_with("peers.test"), 2) << "one for each that is wrong";
  dns_.set_records({a_record("peers.test", "10.0.0.2")});
  run_until_found(endpoints({"10.0.0.2:6881"}));
  EXPECT_EQ(log.lines_with("peers.test:6881 is well again"), 1);
}

TEST_F(DnsPeersTest, SilentServerKeepsThemToo) {
  options_.client.timeout = milliseconds(50);
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881"}));
  Reply reply;
  reply.silent = true;
  dns_.set("peers.test", kA, reply);
  dns_.set("peers.test", kAaaa, reply);
  run_for_errors(2);
  EXPECT_EQ(times_found_, 1);
}

TEST_F(DnsPeersTest, AddressesAreDroppedAfterTheTimeTheyAreKept) {
  options_.keep = milliseconds(0);
  const LogCapture log;
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881"}));
  fail_with(kNxDomain);
  run_until_found({});
  EXPECT_EQ(log.lines_with("dropped"), 1);
}

TEST_F(DnsPeersTest, ServerThatFailsOnOneKindOfAddressIsEnough) {
  dns_.set_records({a_record("peers.test", "10.0.0.1")});
  Reply reply;
  reply.code = kServFail;
  dns_.set("peers.test", kAaaa, reply);
  look_up({"peers.test:6881"});
  run_until_found(endpoints({"10.0.0.1:6881"}));
  EXPECT_EQ(errors(), 0);
}

TEST_F(DnsPeersTest, NothingFoundIsToldOnceAtTheStart) {
  look_up({"nobody.test:6881", "_s._tcp.nobody.test"});
  run_for_errors(6);
  EXPECT_EQ(found_, Endpoints());
  EXPECT_EQ(times_found_, 1);
}

TEST_F(DnsPeersTest, StopsInTheMiddleOfAQuestion) {
  Reply reply;
  reply.silent = true;
  dns_.set("peers.test", kA, reply);
  options_.client.timeout = std::chrono::minutes(10);
  look_up({"peers.test:6881"});
  run_until([&] { return dns_.asked_udp("peers.test", kA) > 0; }, "the question came");
  stop(*peers_);
  peers_.reset();
  EXPECT_FALSE(found_.has_value());
}

}  // namespace
}  // namespace shoal::discovery::testing
