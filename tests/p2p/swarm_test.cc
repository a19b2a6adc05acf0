#include "p2p/swarm.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "p2p/swarm_fixture.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;

TEST_F(SwarmTest, WholeBlobTravelsFromOneMemberToAnother) {
  Node& holder = add_node();
  Node& wanter = add_node();
  const std::string content = some_bytes(5 * kMiB + 321);
  const Descriptor descriptor = descriptor_of(content);
  ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
  introduce();
  run_until_connected(1);

  const auto recorder = std::make_shared<Recorder>();
  const auto blob = wanter.want(descriptor, recorder);
  run_until([&] { return recorder->arrived == blob->layout().count(); }, "all pieces arrived");
  EXPECT_TRUE(wanter.store->commit(*blob));
  EXPECT_EQ(*wanter.store->read_all(descriptor.digest, 64 * kMiB), content);
  EXPECT_EQ(recorder->asked, 1U);
  EXPECT_EQ(recorder->answers[Holding::complete], 1);
}

TEST_F(SwarmTest, TwoThatWantTheSameBlobFindEachOtherAndShareTheirPieces) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const std::string content = some_bytes(4 * kMiB);
  const Descriptor descriptor = descriptor_of(content);
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  const auto blob_one = one.want(descriptor, first);
  const auto blob_two = two.want(descriptor, second);
  run_until([&] { return first->joined == 1 && second->joined == 1; }, "they met");

  // Each is given half of the pieces, as if from upstream; the other half comes from the other.
  const auto give = [&](Node& node, const std::shared_ptr<store::BlobFile>& blob,
                        std::uint32_t parity) {
    for (std::uint32_t piece = parity; piece < blob->layout().count(); piece += 2) {
      const ByteRange range = blob->layout().range(piece);
      ASSERT_TRUE(blob->write(range.offset, as_bytes(content).subspan(range.offset, range.size)));
      ASSERT_TRUE(blob->finish_piece(piece));
      node.memberships.back()->offer(piece, *blob->crc(piece));
    }
  };
  give(one, blob_one, 0);
  give(two, blob_two, 1);
  run_until(
      [&] {
        return blob_one->pieces_present() == blob_one->layout().count() &&
               blob_two->pieces_present() == blob_two->layout().count();
      },
      "both have all pieces");
  EXPECT_TRUE(one.store->commit(*blob_one));
  EXPECT_TRUE(two.store->commit(*blob_two));
}

TEST_F(SwarmTest, ClaimsReleasesAndEligibilityReachTheOther) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const Descriptor descriptor = descriptor_of(some_bytes(kMiB));
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  one.want(descriptor, first);
  one.memberships.back()->claim({4, 5});  // before the other has come
  two.want(descriptor, second);
  run_until([&] { return second->answers[Holding::arriving] == 1; }, "the other has answered");
  EXPECT_EQ(second->claimed_when_answered, (Pieces{4, 5})) << "who has the answer has the claims";
  EXPECT_TRUE(second->last_eligible);
  one.memberships.back()->release({5});
  one.memberships.back()->set_eligible(false);
  run_until([&] { return second->released == Pieces{5} && !second->last_eligible; },
            "release heard");
  run_until([&] { return second->joined == 1; }, "they are connected");
  two.memberships.back()->claim({7});
  run_until([&] { return first->claimed == Pieces{7} && first->last_eligible; }, "claim heard");
  one.memberships.clear();
  run_until([&] { return second->left == 1 && second->released == Pieces{4}; },
            "leaving is noticed, and nobody waits for what was claimed");
}

TEST_F(SwarmTest, WitnessesThatContradictEachOtherAreDisputedAndTheTruthBansOne) {
  Node& witness = add_node();
  Node& liar = add_node();
  Node& wanter = add_node();
  introduce();
  run_until_connected(2);
  const std::string content = some_bytes(kMiB);
  const Descriptor descriptor = descriptor_of(content);
  const auto heard = std::make_shared<Recorder>();
  const auto liar_heard = std::make_shared<Recorder>();
  const auto witness_heard = std::make_shared<Recorder>();
  const auto blob = wanter.want(descriptor, heard);
  const auto theirs = liar.want(descriptor, liar_heard);
  const auto none_of_it = witness.want(descriptor, witness_heard);
  run_until(
      [&] { return heard->joined == 2 && liar_heard->joined == 2 && witness_heard->joined == 2; },
      "all know of each other");
  // Its word, and nothing to fetch from it.
  const ByteRange range = blob->layout().range(2);
  const std::uint32_t crc = crc32c(as_bytes(content).subspan(range.offset, range.size));
  witness.memberships.back()->offer(2, crc);
  witness.memberships.back()->claim({8});
  run_until([&] { return heard->claimed == Pieces{8}; },
            "the witness's word was heard before that");

  ASSERT_TRUE(theirs->write(range.offset, as_bytes(std::string(range.size, 'x'))));
  ASSERT_TRUE(theirs->finish_piece(2));
  liar.memberships.back()->offer(2, *theirs->crc(2));
  run_until([&] { return !heard->disputed.empty(); }, "the members contradict each other");
  EXPECT_EQ(heard->disputed, Pieces{2});

  // Upstream says who is right.
  wanter.memberships.back()->prove(2, crc);
  run_until(
      [&] {
        return wanter.swarm->peers() == 1 && wanter.metrics.peers_banned("false_word").Value() == 1;
      },
      "the liar is out");
}

TEST_F(SwarmTest, MemberWhoseNodeDiesIsGone) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  const Descriptor descriptor = descriptor_of(some_bytes(kMiB));
  const auto first = std::make_shared<Recorder>();
  const auto second = std::make_shared<Recorder>();
  one.want(descriptor, first);
  two.want(descriptor, second);
  run_until([&] { return second->joined == 1 && second->last_eligible; }, "they met");
  one.swarm->stop();
  run_until([&] { return second->left == 1 && second->members_left == 1; }, "leaving is noticed");
}

TEST_F(SwarmTest, MembersAnswerForDescriptorsAndTags) {
  Node& knows = add_node();
  Node& stale = add_node();
  Node& asks = add_node();
  introduce();
  run_until_connected(2);
  const Descriptor old_one = descriptor_of("old");
  const Descriptor new_one = descriptor_of("new");
  const Tag tag = *Tag::parse("latest");
  const auto now = std::chrono::system_clock::now();
  ASSERT_TRUE(knows.store->put_tag(repository(), tag, store::TagRecord(new_one, now - 10s)));
  ASSERT_TRUE(stale.store->put_tag(repository(), tag, store::TagRecord(old_one, now - 1000s)));
  ASSERT_TRUE(knows.store->put(new_one, "new", repository()));

  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto answer = result_of(asks.swarm->resolve(repository(), tag, deadline));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->descriptor.digest, new_one.digest) << "the answer confirmed last wins";
  const auto described = result_of(asks.swarm->describe(new_one.digest, deadline));
  ASSERT_TRUE(described.has_value());
  EXPECT_EQ(described->size, 3U);
  const auto unknown = result_of(asks.swarm->describe(descriptor_of("nobody").digest, deadline));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, Errc::not_found);
}

TEST_F(SwarmTest, NodesOfDifferentClustersDoNotMeet) {
  Node& one = add_node("red");
  add_node("red");
  Node& other = add_node("blue");
  introduce();
  run_until([&] { return one.swarm->peers() == 1; }, "the two of one cluster met");
  EXPECT_EQ(other.swarm->peers(), 0U);
}

TEST_F(SwarmTest, BytesAreCountedByTheZoneTheyCameFromOrWentTo) {
  const auto in_zone = [](const char* zone) {
    SwarmOptions options;
    options.zone = zone;
    return options;
  };
  Node& holder = add_node(in_zone("a"));
  Node& near = add_node(in_zone("a"));
  Node& far = add_node(in_zone("b"));
  Node& nowhere = add_node(SwarmOptions());
  const std::string content = some_bytes(kMiB);
  const Descriptor descriptor = descriptor_of(content);
  ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
  introduce();
  run_until_connected(3);
  // One after the other, so that each has only the holder to take it from.
  const std::pair<Node*, ZoneRelation> wanters[] = {
      {&near, ZoneRelation::same}, {&far, ZoneRelation::other}, {&nowhere, ZoneRelation::unknown}};
  for (const auto& [wanter, zone] : wanters) {
    const auto recorder = std::make_shared<Recorder>();
    const auto blob = wanter->want(descriptor, recorder);
    run_until([&] { return recorder->arrived == blob->layout().count(); }, "all pieces arrived");
    EXPECT_EQ(wanter->metrics.peer_received_bytes(zone).Value(), kMiB);
    // The last block may arrive before its sender has noticed that it is sent.
    run_until([&] { return holder.metrics.peer_sent_bytes(zone).Value() >= kMiB; }, "all is sent");
    EXPECT_EQ(holder.metrics.peer_sent_bytes(zone).Value(), kMiB) << to_string(zone);
    wanter->memberships.clear();
    wanter->arriving.clear();
  }
}

TEST_F(SwarmTest, OneBlobKeepsToItsNumberOfConnections) {
  const std::string content = some_bytes(2 * kMiB);
  const Descriptor descriptor = descriptor_of(content);
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(add_node(SwarmOptions()).store->put(descriptor, content, repository()));
  SwarmOptions options;
  options.connections_per_blob = 2;
  Node& wanter = add_node(options);
  introduce();
  run_until_connected(4);
  const auto recorder = std::make_shared<Recorder>();
  const auto blob = wanter.want(descriptor, recorder);
  run_until(
      [&] {
        EXPECT_LE(recorder->joined - recorder->left, 2);
        return recorder->arrived == blob->layout().count() &&
               recorder->answers[Holding::complete] == 4;
      },
      "all pieces arrived, and all four had offered them");
}

TEST_F(SwarmTest, LittleMemoryHoldsBlocksUpAndLosesNone) {
  const std::string content = some_bytes(8 * kMiB);
  const Descriptor descriptor = descriptor_of(content);
  SwarmOptions options;
  options.memory = 64 * 1024;  // two blocks in each direction
  options.memory_per_blob = 64 * 1024;
  Node& holder = add_node(options);
  ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
  std::vector<Node*> wanters;
  for (int i = 0; i < 3; ++i) wanters.push_back(&add_node(options));
  introduce();
  run_until_connected(3);
  std::vector<std::shared_ptr<Recorder>> recorders;
  std::size_t pieces = 0;
  for (Node* wanter : wanters) {
    recorders.push_back(std::make_shared<Recorder>());
    pieces = wanter->want(descriptor, recorders.back())->layout().count();
  }
  for (const auto& recorder : recorders) {
    run_until([&] { return recorder->arrived == pieces; }, "all pieces arrived");
  }
  EXPECT_GT(wanters.front()->metrics.receive_waits.Value(), 0);
}

TEST_F(SwarmTest, MemberThatRestartsIsFoundAgain) {
  Node& one = add_node();
  Node& two = add_node();
  introduce();
  run_until_connected(1);
  two.swarm->stop();
  run_until([&] { return one.swarm->peers() == 0; }, "leaving is noticed");
  SwarmOptions options;
  options.listen = "127.77.0.2:" + std::to_string(two.endpoint.port());
  options.cluster = "test";
  auto again = Swarm::start(std::move(options), reactor_.get_executor(), pool_, two.metrics);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  run_until([&] { return one.swarm->peers() == 1; }, "it is connected again");
}

TEST_F(SwarmTest, PortInUseIsNamed) {
  Node& one = add_node();
  SwarmOptions options;
  options.listen = "127.77.0.1:" + std::to_string(one.endpoint.port());
  const auto second = Swarm::start(options, reactor_.get_executor(), pool_, one.metrics);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find(options.listen), std::string::npos);
}

}  // namespace
}  // namespace shoal::p2p
