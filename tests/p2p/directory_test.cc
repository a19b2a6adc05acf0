#include "p2p/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <libtorrent/entry.hpp>

#include "p2p/dht_fixture.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using Urgency = AnnounceSchedule::Urgency;

RecordName tag_name(const std::string& tag = "latest") {
  const Repository repository(*RegistryName::parse("docker.io"),
                              *RepositoryName::parse("library/python"));
  return RecordName::of(repository, *Tag::parse(tag));
}

// The endpoints that a search has told of.
class Findings {
 public:
  DhtLookups::Found collect() {
    return [this](const std::vector<lt::tcp::endpoint>& peers) {
      for (const auto& peer : peers) {
        EXPECT_TRUE(all_.insert(peer).second) << "told twice";
      }
    };
  }
  bool has(const lt::tcp::endpoint& peer) const { return all_.contains(peer); }
  const std::set<lt::tcp::endpoint>& all() const { return all_; }

 private:
  std::set<lt::tcp::endpoint> all_;
};

std::optional<Result<TagRecord>> get(DhtCluster& cluster, std::size_t node, const RecordName& name,
                                     std::chrono::milliseconds time_max = 10s) {
  std::optional<Result<TagRecord>> out;
  cluster.node(node).directory().get(name, time_max,
                                     [&](Result<TagRecord> got) { out = std::move(got); });
  EXPECT_TRUE(cluster.run_until([&] { return out.has_value(); }));
  return out;
}

std::size_t copies(DhtCluster& cluster, const RecordName& name) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    const auto target = name.target(test_key().public_key());
    if (cluster.node(i).tables().items.find(target) != nullptr) ++count;
  }
  return count;
}

TEST(DirectoryTest, TwoThatWantTheSameBlobAtOnceFindEachOther) {
  DhtCluster cluster(8, 4);
  Findings first;
  Findings second;
  cluster.node(2).directory().want(hash_number(1), first.collect());
  cluster.node(5).directory().want(hash_number(1), second.collect());
  EXPECT_TRUE(cluster.run_until([&] {
    return first.has(cluster.node(5).endpoint()) && second.has(cluster.node(2).endpoint());
  }));
}

TEST(DirectoryTest, TwoNodesAloneAreEnough) {
  DhtCluster cluster(2);
  Findings found;
  cluster.node(0).directory().want(hash_number(1), [](const auto&) {});
  cluster.node(1).directory().want(hash_number(1), found.collect());
  EXPECT_TRUE(cluster.run_until([&] { return found.has(cluster.node(0).endpoint()); }));
}

TEST(DirectoryTest, BlobAtRestIsFoundWithoutATorrent) {
  DhtCluster cluster(6, 3);
  cluster.node(0).directory().hold(hash_number(7), Urgency::fresh);
  Findings found;
  cluster.node(4).directory().want(hash_number(7), found.collect());
  EXPECT_TRUE(cluster.run_until([&] { return found.has(cluster.node(0).endpoint()); }));
  EXPECT_EQ(cluster.node(0).torrents_added(), 0U);
}

TEST(DirectoryTest, LookupEndsAtItsDeadlineAndAnnouncesNothing) {
  DhtCluster cluster(4, 3);
  Findings found;
  bool over = false;
  cluster.node(1).directory().lookup(hash_number(3), 200ms, found.collect(), [&] { over = true; });
  EXPECT_TRUE(cluster.run_until([&] { return over; }));
  EXPECT_THAT(found.all(), ::testing::IsEmpty());
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    EXPECT_EQ(cluster.node(i).tables().peers.size(), 0U);
  }
}

TEST(DirectoryTest, UnwantedIsNotToldOfAnyMore) {
  DhtCluster cluster(3, 2);
  Findings found;
  cluster.node(0).directory().want(hash_number(1), found.collect());
  cluster.node(0).directory().unwant(hash_number(1));
  cluster.node(1).directory().want(hash_number(1), [](const auto&) {});
  EXPECT_TRUE(cluster.run_until([&] { return cluster.node(0).tables().peers.size() > 0; }));
  EXPECT_THAT(found.all(), ::testing::IsEmpty());
}

TEST(DirectoryTest, CallbackMayEndItsOwnSearch) {
  DhtCluster cluster(3, 2);
  int told = 0;
  cluster.node(0).directory().want(hash_number(1), [&](const auto&) {
    ++told;
    cluster.node(0).directory().unwant(hash_number(1));
  });
  cluster.node(1).directory().want(hash_number(1), [](const auto&) {});
  cluster.node(2).directory().want(hash_number(1), [](const auto&) {});
  EXPECT_TRUE(cluster.run_until([&] { return told > 0; }));
  EXPECT_EQ(told, 1);
}

TEST(DirectoryTest, VanishedBootstrapNodeIsSurvived) {
  DhtCluster cluster(6, 5);
  cluster.node(1).directory().hold(hash_number(1), Urgency::fresh);
  // Six nodes: the five others are the nearest, wherever it belongs.
  EXPECT_TRUE(cluster.run_until([&] {
    std::size_t stored = 0;
    for (std::size_t i = 0; i < cluster.size(); ++i)
      stored += cluster.node(i).tables().peers.size();
    return stored >= 5;
  }));
  cluster.remove(0);
  Findings found;
  cluster.node(3).directory().want(hash_number(1), found.collect());
  EXPECT_TRUE(cluster.run_until([&] { return found.has(cluster.node(0).endpoint()); }));
}

TEST(DirectoryTest, NodeThatStartsBeforeAllOthersJoinsWhenTheyCome) {
  DhtCluster cluster(1, 0);
  Findings found;
  cluster.node(0).directory().want(hash_number(1), found.collect());
  DhtNode& other = cluster.add();
  cluster.node(0).directory().bootstrap({other.endpoint()});
  other.directory().hold(hash_number(1), Urgency::fresh);
  EXPECT_TRUE(cluster.run_until([&] { return found.has(other.endpoint()); }));
}

TEST(DirectoryTest, RecordReachesANodeThatHasNeverSeenIt) {
  DhtCluster cluster(12, 6);
  const TagRecord record = record_of("manifest", now_ms());
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name(), record));
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, tag_name()) > 3; }));
  DhtNode& late = cluster.add();
  EXPECT_TRUE(cluster.run_until([&] { return late.directory().nodes() > 0; }));
  const auto got = get(cluster, cluster.size() - 1, tag_name());
  ASSERT_TRUE(got && *got) << got->error().message;
  EXPECT_EQ(**got, record);
}

TEST(DirectoryTest, DigestLeadsToItsDescriptor) {
  DhtCluster cluster(3, 2);
  const TagRecord record = record_of("manifest", now_ms());
  const RecordName name = RecordName::of(record.descriptor.digest);
  ASSERT_TRUE(cluster.node(0).directory().put(name, record));
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, name) == 3; }));
  const auto got = get(cluster, 2, name);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->descriptor.size, record.descriptor.size);
}

TEST(DirectoryTest, NewerRecordWinsAndOlderDoesNotComeBack) {
  DhtCluster cluster(4, 3);
  const auto checked_at = now_ms();
  const TagRecord newer = record_of("newer", checked_at);
  const TagRecord older = record_of("older", checked_at - 1min);
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name(), newer));
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, tag_name()) == 4; }));
  ASSERT_TRUE(cluster.node(1).directory().put(tag_name(), older));
  ASSERT_TRUE(cluster.node(1).directory().put(tag_name("marker"), older));
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, tag_name("marker")) == 4; }));
  for (std::size_t i = 0; i < 4; ++i) {
    const auto got = get(cluster, i, tag_name());
    ASSERT_TRUE(got && *got);
    EXPECT_EQ(**got, newer);
  }
}

TEST(DirectoryTest, MissingRecordIsKnownMissing) {
  DhtCluster cluster(4, 3);
  const auto got = get(cluster, 1, tag_name("nowhere"));
  ASSERT_TRUE(got && !*got);
  EXPECT_EQ(got->error().code, Errc::not_found);
}

TEST(DirectoryTest, RecordIsAnsweredFromHereWhenAloneInTheWorld) {
  DhtCluster cluster(1, 0);
  const TagRecord record = record_of("manifest", now_ms());
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name(), record));
  const auto got = get(cluster, 0, tag_name());
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(**got, record);
}

TEST(DirectoryTest, PutBeforeThereIsAnyoneIsPutWhenTheyCome) {
  DhtCluster cluster(1, 0);
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name(), record_of("manifest", now_ms())));
  DhtNode& other = cluster.add();
  cluster.node(0).directory().bootstrap({other.endpoint()});
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, tag_name()) == 2; }));
}

// A stranger: speaks the DHT's protocol, has no key of the cluster, and its own storage.
TEST(DirectoryTest, StrangersItemsAreNotKept) {
  DhtCluster cluster(4, 3);
  const ClusterKey foreign = test_key(66);
  DhtNode& stranger = cluster.add(foreign);
  EXPECT_TRUE(cluster.run_until([&] { return stranger.directory().nodes() >= 3; }));

  ASSERT_TRUE(stranger.directory().put(tag_name(), record_of("foreign", now_ms())));
  stranger.session().dht_put_item(lt::entry("immutable"));
  // Its signature is not that of the key it names.
  stranger.session().dht_put_item(
      test_key().public_key().bytes,
      [](lt::entry& value, std::array<char, 64>& signature, std::int64_t& sequence,
         const std::string&) {
        value = lt::entry("forged");
        signature.fill(7);
        sequence = 1;
      },
      std::string(32, 's'));
  // What the members themselves put afterwards shows that all of this has been through.
  stranger.directory().hold(hash_number(1), Urgency::fresh);
  EXPECT_TRUE(cluster.run_until([&] {
    for (std::size_t i = 0; i < 4; ++i) {
      if (cluster.node(i).tables().peers.size() == 0) return false;
    }
    return true;
  }));
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name("marker"), record_of("own", now_ms())));
  EXPECT_TRUE(cluster.run_until([&] { return copies(cluster, tag_name("marker")) >= 4; }));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(cluster.node(i).tables().items.size(), 1U);
}

TEST(DirectoryTest, StrangersAnnouncementsAreBoundedAndStartNothing) {
  PeerTable::Limits limits;
  limits.entries_per_address = 20;
  DhtCluster cluster(1, 0);
  auto tables = std::make_shared<DhtTables>(limits, test_key().public_key(), ItemTable::Limits());
  DhtNode& stranger = cluster.add(test_key(66));
  DhtNode& victim = cluster.add(test_key(), tables);
  stranger.directory().bootstrap({victim.endpoint()});
  EXPECT_TRUE(cluster.run_until([&] { return stranger.directory().nodes() > 0; }));
  std::size_t heard = 0;
  tables->peers.set_announced([&](const auto&, const auto&) { ++heard; });
  // One after the other: the kernel drops datagrams of a burst, and libtorrent waits 15 s for those.
  for (unsigned i = 0; i < 200; ++i) {
    stranger.session().dht_announce(hash_number(i), 1234);
    ASSERT_TRUE(cluster.run_until([&] { return heard > i; }));
  }
  EXPECT_LE(tables->peers.size(), 20U);
  EXPECT_EQ(victim.torrents_added(), 0U);
}

// A node of the DHT that lies: it answers what it likes, and no one can prevent that. A record must be
// signed all the same.
TEST(DirectoryTest, AnswersOfALiarAreNotBelieved) {
  DhtCluster cluster(2);
  // Its table is filled past the check of signatures that libtorrent makes.
  const TagRecord lie = record_of("lie", now_ms());
  SignedRecord sealed = *sign(tag_name(), lie, test_key());
  sealed.signature[0] = static_cast<char>(sealed.signature[0] ^ 1);
  cluster.node(1).tables().items.put(test_key().public_key(), sealed, Directory::Clock::now());
  const auto got = get(cluster, 0, tag_name());
  ASSERT_TRUE(got && !*got);
  EXPECT_EQ(got->error().code, Errc::not_found);
}

TEST(DirectoryTest, DirectoryMayEndWithEverythingUnderWay) {
  DhtCluster cluster(3, 2);
  cluster.node(0).directory().want(hash_number(1), [](const auto&) { FAIL(); });
  cluster.node(0).directory().get(tag_name(), 10s, [](const auto&) { FAIL(); });
  ASSERT_TRUE(cluster.node(0).directory().put(tag_name(), record_of("manifest", now_ms())));
  cluster.remove(0);
  cluster.node(0).directory().want(hash_number(1), [](const auto&) {});
  bool over = false;
  cluster.node(0).directory().lookup(
      hash_number(2), 100ms, [](const auto&) {}, [&] { over = true; });
  EXPECT_TRUE(cluster.run_until([&] { return over; }));
}

}  // namespace
}  // namespace shoal::p2p
