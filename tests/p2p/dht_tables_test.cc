#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p2p/dht_fixture.h"
#include "p2p/item_table.h"
#include "p2p/peer_table.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using TimePoint = std::chrono::steady_clock::time_point;

const TimePoint kStart = TimePoint() + 1000h;

lt::tcp::endpoint peer(unsigned number, std::uint16_t port = 6881) {
  return {lt::address_v4(0x0a000000 + number), port};
}

TEST(PeerTableTest, TellsTheNewestFirst) {
  PeerTable table;
  table.announce(hash_number(1), peer(1), kStart);
  table.announce(hash_number(1), peer(2), kStart + 1s);
  table.announce(hash_number(1), peer(1), kStart + 2s);
  EXPECT_THAT(table.peers(hash_number(1), kStart + 3s), ::testing::ElementsAre(peer(1), peer(2)));
  EXPECT_THAT(table.peers(hash_number(2), kStart + 3s), ::testing::IsEmpty());
}

TEST(PeerTableTest, ForgetsWhatIsNotAnnouncedAgain) {
  PeerTable table;
  table.announce(hash_number(1), peer(1), kStart);
  table.announce(hash_number(1), peer(2), kStart + 30min);
  EXPECT_THAT(table.peers(hash_number(1), kStart + 46min), ::testing::ElementsAre(peer(2)));
  table.expire(kStart + 46min);
  EXPECT_EQ(table.size(), 1U);
}

TEST(PeerTableTest, FloodOfOneTorrentKeepsTheNewest) {
  PeerTable table;
  for (unsigned i = 0; i < 1000; ++i) {
    table.announce(hash_number(1), peer(i), kStart + std::chrono::milliseconds(i));
  }
  EXPECT_EQ(table.size(), 50U);
  EXPECT_EQ(table.peers(hash_number(1), kStart + 2s).front(), peer(999));
}

TEST(PeerTableTest, OneAddressCannotPushOthersOut) {
  PeerTable::Limits limits;
  limits.entries = 100;
  limits.entries_per_address = 20;
  PeerTable table(limits);
  table.announce(hash_number(7), peer(1), kStart);
  for (unsigned i = 0; i < 5000; ++i) {
    table.announce(hash_number(i), peer(2, static_cast<std::uint16_t>(1 + i)), kStart + 1s);
  }
  EXPECT_EQ(table.size(), 21U);
  EXPECT_THAT(table.peers(hash_number(7), kStart + 2s), ::testing::Contains(peer(1)));
}

TEST(PeerTableTest, WholeTableIsBounded) {
  PeerTable::Limits limits;
  limits.entries = 100;
  PeerTable table(limits);
  for (unsigned i = 0; i < 5000; ++i) {
    table.announce(hash_number(i), peer(i), kStart + std::chrono::milliseconds(i));
  }
  EXPECT_EQ(table.size(), 100U);
  EXPECT_EQ(table.torrents(), 100U);
  EXPECT_THAT(table.peers(hash_number(0), kStart + 6s), ::testing::IsEmpty());
  EXPECT_THAT(table.peers(hash_number(4999), kStart + 6s), ::testing::SizeIs(1));
}

TEST(PeerTableTest, PortZeroIsNobody) {
  PeerTable table;
  table.announce(hash_number(1), peer(1, 0), kStart);
  EXPECT_EQ(table.size(), 0U);
}

SignedRecord sealed(unsigned number, std::chrono::milliseconds at, const ClusterKey& key) {
  const TagRecord record = record_of(std::to_string(number), at);
  return *sign(RecordName::of(record.descriptor.digest), record, key);
}

lt::sha1_hash target(const SignedRecord& record) {
  return record_target(record.salt, test_key().public_key());
}

TEST(ItemTableTest, KeepsOnlyWhatTheClusterSigned) {
  ItemTable table(test_key(1).public_key());
  EXPECT_FALSE(table.put(test_key(2).public_key(), sealed(1, 5ms, test_key(2)), kStart));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.put(test_key(1).public_key(), sealed(1, 5ms, test_key(1)), kStart));
  EXPECT_EQ(table.size(), 1U);
}

TEST(ItemTableTest, NewerWinsAndOlderIsRefused) {
  ItemTable table(test_key().public_key());
  const SignedRecord newer = sealed(1, 6ms, test_key());
  EXPECT_TRUE(table.put(test_key().public_key(), sealed(1, 5ms, test_key()), kStart));
  EXPECT_TRUE(table.put(test_key().public_key(), newer, kStart));
  EXPECT_FALSE(table.put(test_key().public_key(), sealed(1, 5ms, test_key()), kStart));
  ASSERT_NE(table.find(target(newer)), nullptr);
  EXPECT_EQ(table.find(target(newer))->sequence, 6);
  EXPECT_EQ(table.bytes(), newer.value.size());
}

TEST(ItemTableTest, RecordFromTheFutureIsRefused) {
  ItemTable table(test_key().public_key());
  EXPECT_FALSE(table.put(test_key().public_key(), sealed(1, now_ms() + 1h, test_key()), kStart));
  EXPECT_TRUE(table.put(test_key().public_key(), sealed(1, now_ms() + 1min, test_key()), kStart));
}

TEST(ItemTableTest, LongestUnputGoesFirst) {
  ItemTable::Limits limits;
  limits.items = 3;
  ItemTable table(test_key().public_key(), limits);
  for (unsigned i = 0; i < 3; ++i)
    table.put(test_key().public_key(), sealed(i, 5ms, test_key()), kStart);
  table.put(test_key().public_key(), sealed(0, 5ms, test_key()), kStart + 1s);
  table.put(test_key().public_key(), sealed(3, 5ms, test_key()), kStart + 2s);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_NE(table.find(target(sealed(0, 5ms, test_key()))), nullptr);
  EXPECT_EQ(table.find(target(sealed(1, 5ms, test_key()))), nullptr);
}

TEST(ItemTableTest, BytesAreBounded) {
  ItemTable::Limits limits;
  limits.bytes = 1000;
  ItemTable table(test_key().public_key(), limits);
  for (unsigned i = 0; i < 50; ++i)
    table.put(test_key().public_key(), sealed(i, 5ms, test_key()), kStart);
  EXPECT_LE(table.bytes(), 1000U);
  EXPECT_GT(table.size(), 2U);
  SignedRecord large = sealed(1, 5ms, test_key());
  large.value.assign(kRecordBytesMax + 1, 'x');
  EXPECT_FALSE(table.put(test_key().public_key(), large, kStart));
}

TEST(ItemTableTest, ForgetsWhatIsNotPutAgain) {
  ItemTable table(test_key().public_key());
  table.put(test_key().public_key(), sealed(1, 5ms, test_key()), kStart);
  table.put(test_key().public_key(), sealed(2, 5ms, test_key()), kStart);
  table.put(test_key().public_key(), sealed(1, 5ms, test_key()), kStart + 90min);
  table.expire(kStart + 121min);
  EXPECT_EQ(table.size(), 1U);
  table.expire(kStart + 220min);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.bytes(), 0U);
}

}  // namespace
}  // namespace shoal::p2p
