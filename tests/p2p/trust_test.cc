// Members of one authority exchange blobs; strangers get not one byte and can offer none.
#include <csignal>

#include <openssl/ssl.h>
#include <libtorrent/hex.hpp>
#include <libtorrent/torrent_info.hpp>

#include "base/bytes.h"
#include "p2p/digest_torrent.h"
#include "p2p/raw_peer.h"
#include "p2p/swarm_fixture.h"
#include "pki/test_authority.h"

namespace shoal::p2p {
namespace {

constexpr const char* kCluster = "test";

class TrustTest : public SwarmTest {
 protected:
  TrustTest() { std::signal(SIGPIPE, SIG_IGN); }  // a raw peer writes to what was closed

  Node& add_member(const pki::TestAuthority& authority) {
    return add_node(kCluster, authority.credentials());
  }
  // A new blob travels from `holder` to `wanter`.
  void exchange(Node& holder, Node& wanter) {
    const std::string content = some_bytes(kMiB + ++exchanges_);
    const Descriptor descriptor = descriptor_of(content);
    ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
    const auto recorder = std::make_shared<Recorder>();
    const auto blob = wanter.want(descriptor, recorder);
    run_until([&] { return recorder->arrived == blob->layout().count(); }, "all pieces arrived");
    EXPECT_TRUE(wanter.store->commit(*blob));
  }
  double failures(Node& node) { return node.metrics.tls_handshake_failures.Value(); }
  void run_until_failures(Node& node, double count) {
    run_until([&] { return failures(node) >= count; }, "failed handshakes are counted");
  }

  RawPeer raw_peer() const {
    const auto torrent = control_torrent(kCluster, Transport::tls);
    const std::string hash = torrent->info_hashes().v1.to_string();
    RawPeer peer;
    peer.server_name = lt::aux::to_hex(hash);
    peer.say = bittorrent_handshake(hash);
    return peer;
  }

  const pki::TestAuthority authority_;

 private:
  std::size_t exchanges_ = 0;
};

TEST_F(TrustTest, MembersOfOneAuthorityExchangeABlob) {
  Node& holder = add_member(authority_);
  Node& wanter = add_member(authority_);
  introduce();
  run_until_connected(1);
  exchange(holder, wanter);
  EXPECT_EQ(failures(holder), 0);
  EXPECT_EQ(failures(wanter), 0);
}

TEST_F(TrustTest, PlainNodeAndMemberNeverMeet) {
  Node& member = add_member(authority_);
  Node& plain = add_node(kCluster);
  introduce();
  run_until_failures(member, 1);
  EXPECT_EQ(member.swarm->peers(), 0U);
  EXPECT_EQ(plain.swarm->peers(), 0U);
}

TEST_F(TrustTest, NodeOfAnotherAuthorityIsRefusedByBothSides) {
  const pki::TestAuthority other;
  Node& first = add_member(authority_);
  Node& second = add_member(authority_);
  Node& stranger = add_member(other);
  const std::string content = some_bytes(kMiB);
  const Descriptor descriptor = descriptor_of(content);
  ASSERT_TRUE(stranger.store->put(descriptor, content, repository()));
  introduce();
  run_until([&] { return first.swarm->peers() == 1; }, "the members met");
  run_until_failures(stranger, 2);
  run_until_failures(first, 1);
  const auto recorder = std::make_shared<Recorder>();
  first.want(descriptor, recorder);
  run_until([&] { return recorder->answers[Holding::none] == 1; }, "the other member answered");
  exchange(second, first);
  EXPECT_EQ(stranger.swarm->peers(), 0U);
  EXPECT_EQ(recorder->asked, 1U);
  EXPECT_EQ(recorder->joined, 0);
}

TEST_F(TrustTest, RawMemberIsAnswered) {
  // That the other tests' strangers are refused says nothing unless a member is not.
  Node& node = add_member(authority_);
  RawPeer peer = raw_peer();
  peer.member = authority_.member("raw");
  const RawOutcome outcome = visit(node.endpoint, peer);
  EXPECT_TRUE(outcome.finished_handshake) << outcome.error;
  EXPECT_EQ(outcome.version, "TLSv1.3");
  EXPECT_EQ(outcome.received.substr(0, 20), peer.say.substr(0, 20));
  EXPECT_FALSE(outcome.resumable);
}

TEST_F(TrustTest, StrangerWithoutACertificateGetsNothing) {
  Node& node = add_member(authority_);
  const RawOutcome outcome = visit(node.endpoint, raw_peer());
  EXPECT_EQ(outcome.received, "");
  EXPECT_NE(outcome.error.find("certificate required"), std::string::npos) << outcome.error;
  EXPECT_FALSE(outcome.resumable);
  run_until_failures(node, 1);
}

TEST_F(TrustTest, NodeStopsWhileStrangersAreInTheMiddleOfAHandshake) {
  Node& node = add_member(authority_);
  std::vector<std::unique_ptr<PausedVisit>> visits;
  for (int i = 0; i < 20; ++i) {
    visits.push_back(std::make_unique<PausedVisit>(node.endpoint, raw_peer()));
  }
  node.swarm->stop();
  for (const auto& visit : visits) EXPECT_TRUE(visit->is_closed());
}

TEST_F(TrustTest, ExpiredMemberGetsNothing) {
  Node& node = add_member(authority_);
  RawPeer peer = raw_peer();
  peer.member = authority_.member("old", pki::expired());
  const RawOutcome outcome = visit(node.endpoint, peer);
  EXPECT_EQ(outcome.received, "");
  EXPECT_NE(outcome.error.find("certificate expired"), std::string::npos) << outcome.error;
  run_until_failures(node, 1);
}

TEST_F(TrustTest, MemberOfAnotherAuthorityGetsNothing) {
  Node& node = add_member(authority_);
  RawPeer peer = raw_peer();
  peer.member = pki::TestAuthority().member("stranger");
  const RawOutcome outcome = visit(node.endpoint, peer);
  EXPECT_EQ(outcome.received, "");
  EXPECT_NE(outcome.error.find("alert"), std::string::npos) << outcome.error;
  run_until_failures(node, 1);
}

TEST_F(TrustTest, PlainConnectionIsClosedWithoutAWord) {
  Node& node = add_member(authority_);
  EXPECT_EQ(visit_plainly(node.endpoint, raw_peer().say).received.find("BitTorrent"),
            std::string::npos);
  run_until_failures(node, 1);
}

TEST_F(TrustTest, OlderTlsIsRefused) {
  Node& node = add_member(authority_);
  RawPeer peer = raw_peer();
  peer.member = authority_.member("raw");
  peer.version_max = TLS1_2_VERSION;
  const RawOutcome outcome = visit(node.endpoint, peer);
  EXPECT_FALSE(outcome.finished_handshake);
  EXPECT_EQ(outcome.received, "");
}

TEST_F(TrustTest, ConnectionThatNamesNoTorrentOfOursGetsNothing) {
  Node& node = add_member(authority_);
  for (const std::string& name : {std::string(), std::string("localhost"), std::string(40, 'a')}) {
    RawPeer peer = raw_peer();
    peer.server_name = name;
    peer.member = authority_.member("raw");
    const RawOutcome outcome = visit(node.endpoint, peer);
    EXPECT_FALSE(outcome.finished_handshake) << name;
    EXPECT_EQ(outcome.received, "") << name;
  }
}

TEST_F(TrustTest, SwarmGoesOnWhileOneAuthorityReplacesAnother) {
  const pki::TestAuthority next;  // of the same name
  const std::string both = authority_.certificate_pem() + next.certificate_pem();
  Node& first = add_member(authority_);
  Node& second = add_member(authority_);
  introduce();
  run_until_connected(1);
  exchange(first, second);
  // Each step on one node first: at no moment do all nodes change together.
  const std::vector<std::function<std::shared_ptr<const pki::Credentials>()>> steps{
      [&] { return authority_.credentials(both); }, [&] { return next.credentials(both); },
      [&] { return next.credentials(); }};
  for (const auto& step : steps) {
    first.swarm->set_credentials(step());
    exchange(first, second);
    second.swarm->set_credentials(step());
    exchange(second, first);
  }
  EXPECT_EQ(failures(first), 0);
  EXPECT_EQ(failures(second), 0);
  // The old authority is worth nothing now, and a new member gets in.
  RawPeer peer = raw_peer();
  peer.member = authority_.member("old");
  EXPECT_EQ(visit(first.endpoint, peer).received, "");
  peer.member = next.member("new");
  EXPECT_NE(visit(first.endpoint, peer).received, "");
}

TEST_F(TrustTest, MetricSaysWhenTheCertificateEnds) {
  Node& node = add_member(authority_);
  const auto ends = std::chrono::system_clock::from_time_t(
      static_cast<std::time_t>(node.metrics.tls_certificate_expiry.Value()));
  EXPECT_GT(ends, std::chrono::system_clock::now());
  EXPECT_LE(ends, pki::valid_now().not_after);
}

}  // namespace
}  // namespace shoal::p2p
