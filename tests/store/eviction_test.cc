// Goal: the store never takes more than it may, and never takes away what somebody uses.

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBlob = 256 * kKiB;

class EvictionTest : public StoreTest {
 protected:
  // So many blobs fit.
  void limit_to(std::uint64_t blobs, std::uint32_t high = 100, std::uint32_t low = 100) {
    close_store();
    room_.quota.bytes = blobs * kBlob;
    room_.high_watermark = high;
    room_.low_watermark = low;
    open_store();
  }
  Descriptor add(std::uint64_t seed) { return add_complete(content_of(kBlob, seed)); }
  bool is_here(const Descriptor& descriptor) {
    const bool in_list = std::any_of(all_.begin(), all_.end(), [&](const Held& held) {
      return held.digest == descriptor.digest;
    });
    EXPECT_EQ(in_list, std::filesystem::exists(blob_path(descriptor.digest)));
    return in_list;
  }
  void look() { all_ = store_->list(std::nullopt, 1000); }
  std::uint64_t occupied() { return store_->space().value().held.occupied; }
  std::vector<Held> all_;
};

TEST_F(EvictionTest, WhatIsUnusedForTheLongestMakesRoom) {
  limit_to(3);
  const Descriptor a = add(1);
  const Descriptor b = add(2);
  const Descriptor c = add(3);
  ASSERT_OK(store_->open_blob(a.digest));
  const Descriptor d = add(4);
  look();
  EXPECT_TRUE(is_here(a));
  EXPECT_FALSE(is_here(b));
  EXPECT_TRUE(is_here(c));
  EXPECT_TRUE(is_here(d));
  EXPECT_EQ(code_of(store_->open_blob(b.digest)), Errc::not_found);
  EXPECT_EQ(store_->stats().blobs, 3U);
  EXPECT_EQ(metrics_->evicted_blobs("room").Value(), 1);
  EXPECT_EQ(metrics_->evicted_bytes.Value(), kBlob);
  EXPECT_EQ(metrics_->store_limit_bytes.Value(), 3 * kBlob);
  EXPECT_EQ(read_whole(**store_->open_blob(a.digest)), content_of(kBlob, 1));
}

TEST_F(EvictionTest, WhatWasEvictedCanComeAgain) {
  limit_to(1);
  const Descriptor a = add(1);
  add(2);
  EXPECT_EQ(code_of(store_->open_blob(a.digest)), Errc::not_found);
  EXPECT_OK(store_->describe(a.digest));  // what it is stays known
  add(1);
  EXPECT_OK(store_->open_blob(a.digest));
  EXPECT_EQ(occupied(), kBlob);
}

TEST_F(EvictionTest, WhatIsOpenStaysAndTheNewcomerIsRefused) {
  limit_to(2);
  const Descriptor a = add(1);
  const Descriptor b = add(2);
  const auto open_a = store_->open_blob(a.digest).value();
  auto open_b = store_->open_blob(b.digest).value();
  const auto refused = store_->create_blob(descriptor_of(content_of(kBlob, 3)));
  ASSERT_EQ(code_of(refused), Errc::too_large);
  EXPECT_NE(refused.error().message.find("store.quota"), std::string::npos);
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  open_b.reset();
  EXPECT_OK(store_->create_blob(descriptor_of(content_of(kBlob, 3))));
  EXPECT_EQ(read_whole(*open_a), content_of(kBlob, 1));
}

TEST_F(EvictionTest, ABlobLargerThanAllOfTheRoomEvictsNothing) {
  limit_to(2);
  const Descriptor a = add(1);
  EXPECT_EQ(code_of(store_->create_blob(descriptor_of(content_of(3 * kBlob, 2)))), Errc::too_large);
  look();
  EXPECT_TRUE(is_here(a));
}

TEST_F(EvictionTest, AnArrivingBlobTakesAllOfItsRoomFromTheStart) {
  limit_to(2);
  auto arriving = add_partial(content_of(2 * kBlob, 1), 1);
  EXPECT_EQ(occupied(), 2 * kBlob);
  EXPECT_EQ(code_of(store_->create_blob(descriptor_of(content_of(1, 2)))), Errc::too_large);
  arriving.reset();
  EXPECT_EQ(occupied(), kBlob / 2) << "it ended early: what came counts";
  EXPECT_OK(store_->create_blob(descriptor_of(content_of(1, 2))));
}

TEST_F(EvictionTest, WhatIsLeftOfADownloadIsEvictedToo) {
  limit_to(2);
  const std::string content = content_of(2 * kBlob, 1);
  add_partial(content, 3);
  EXPECT_TRUE(std::filesystem::exists(partial_path(descriptor_of(content).digest)));
  add(2);
  add(3);
  EXPECT_FALSE(std::filesystem::exists(partial_path(descriptor_of(content).digest)));
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
}

TEST_F(EvictionTest, ADownloadThatGoesOnNeedsOnlyTheRest) {
  limit_to(2);
  const std::string content = content_of(2 * kBlob, 1);
  add_partial(content, 3);
  limit_to(2);
  const auto again = store_->create_blob(descriptor_of(content));
  ASSERT_OK(again);
  EXPECT_EQ((*again)->pieces_present(), 0U) << "no checkpoint was made";
  EXPECT_EQ(occupied(), 2 * kBlob);
  EXPECT_EQ(store_->space()->held.unwritten, 2 * kBlob);
}

TEST_F(EvictionTest, WhatIsPromisedShrinksAsPiecesCome) {
  const std::string content = content_of(kBlob, 1);
  const auto blob = add_partial(content, 1);
  EXPECT_EQ(store_->space()->held.unwritten, kBlob / 2);
  blob->drop_all();
  EXPECT_EQ(store_->space()->held.unwritten, kBlob);
  for (std::uint32_t i = 0; i < 2; ++i) write_piece(*blob, content, i);
  ASSERT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->space()->held.unwritten, 0U);
}

TEST_F(EvictionTest, TheOrderOfUseSurvivesARestartOnceWritten) {
  const Descriptor a = add(1);
  const Descriptor b = add(2);
  ASSERT_OK(store_->open_blob(a.digest));
  ASSERT_OK(store_->write_uses());
  limit_to(2);
  add(3);
  look();
  EXPECT_TRUE(is_here(a));
  EXPECT_FALSE(is_here(b));
}

TEST_F(EvictionTest, ATighterQuotaIsReachedByTidying) {
  for (std::uint64_t i = 1; i <= 8; ++i) add(i);
  limit_to(6, 90, 50);
  const auto tidied = store_->tidy();
  ASSERT_OK(tidied);
  EXPECT_EQ(tidied->freed, 5 * kBlob);
  EXPECT_EQ(tidied->lacking, 0U);
  EXPECT_EQ(store_->stats().blobs, 3U);
  EXPECT_EQ(store_->tidy()->freed, 0U) << "below the high mark nothing goes";
}

TEST_F(EvictionTest, TidyingSaysWhatItCouldNotTake) {
  const auto a = add(1);
  const auto b = add(2);
  limit_to(1);
  const auto open = store_->open_blob(a.digest).value();
  const auto other = store_->open_blob(b.digest).value();
  EXPECT_EQ(store_->tidy()->lacking, kBlob);
  EXPECT_EQ(store_->stats().blobs, 2U);
}

TEST_F(EvictionTest, BlobsUnusedForTooLongGo) {
  const Descriptor a = add(1);
  const auto kept = store_->open_blob(add(2).digest).value();
  close_store();
  room_.max_age = 1ms;
  open_store();
  const auto open = store_->open_blob(kept->descriptor().digest).value();
  while (store_->stats().blobs > 1) ASSERT_OK(store_->tidy());
  look();
  EXPECT_FALSE(is_here(a));
  EXPECT_EQ(metrics_->evicted_blobs("age").Value(), 1);
}

TEST_F(EvictionTest, RemoveTakesOneBlobOutUnlessItIsInUse) {
  const Descriptor a = add(1);
  EXPECT_EQ(code_of(store_->remove(descriptor_of("nothing").digest)), Errc::not_found);
  {
    const auto open = store_->open_blob(a.digest).value();
    EXPECT_EQ(code_of(store_->remove(a.digest)), Errc::unavailable);
  }
  ASSERT_OK(store_->remove(a.digest));
  look();
  EXPECT_FALSE(is_here(a));
  const std::string content = content_of(2 * kBlob, 3);
  add_partial(content, 1);
  ASSERT_OK(store_->remove(descriptor_of(content).digest));
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
}

TEST_F(EvictionTest, AFileThatCannotBeRemovedKeepsItsRecord) {
  limit_to(1);
  const Descriptor a = add(1);
  std::filesystem::remove(blob_path(a.digest));
  std::filesystem::create_directories(blob_path(a.digest) / "in the way");
  EXPECT_EQ(code_of(store_->create_blob(descriptor_of(content_of(kBlob, 2)))), Errc::too_large);
  EXPECT_EQ(store_->stats().blobs, 1U);
  std::filesystem::remove_all(blob_path(a.digest));
  // What failed was the disk, as far as the store could tell; once that works, the next try takes it.
  ASSERT_OK(store_->tidy());
  EXPECT_OK(store_->create_blob(descriptor_of(content_of(kBlob, 2))));
  EXPECT_EQ(store_->stats().blobs, 0U);
}

// Pulls of twelve blobs by four clients on a node that has room for six.
TEST_F(EvictionTest, EvictionNeverBreaksAReadInFlight) {
  limit_to(6);
  std::atomic<int> served{0};
  const auto pull = [&](std::uint64_t seed) {
    const std::string content = content_of(kBlob, seed);
    const Descriptor descriptor = descriptor_of(content);
    auto blob = store_->open_blob(descriptor.digest);
    if (!blob) {
      ASSERT_EQ(blob.error().code, Errc::not_found) << blob.error().message;
      blob = store_->create_blob(descriptor);
      ASSERT_OK(blob);
      if (!(*blob)->complete()) {
        for (std::uint32_t i = 0; i < (*blob)->layout().count(); ++i)
          write_piece(**blob, content, i);
        ASSERT_OK(store_->commit(**blob));
      }
    }
    ASSERT_EQ(read_whole(**blob), content);
    ++served;
  };
  std::vector<std::thread> clients;
  for (std::uint64_t client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (std::uint64_t i = 0; i < 60; ++i) pull(1 + (i * (client + 1)) % 12);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(served, 240);
  EXPECT_LE(occupied(), 6 * kBlob);
  EXPECT_GT(metrics_->evicted_blobs("room").Value(), 0);
  EXPECT_EQ(metrics_->store_errors.Value(), 0);
  look();
  for (const Held& held : all_) EXPECT_FALSE(held.is_open);
}

}  // namespace
}  // namespace shoal::store
