// Goal: whatever threads do to one blob at the same time, a present piece is intact and a complete
// blob is whole. Under ThreadSanitizer these also show that no lock is missing.

#include <atomic>
#include <latch>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kPiece = 128 * kKiB;
constexpr std::uint32_t kPieces = 48;  // more than there are piece locks

class BlobThreadsTest : public StoreTest {
 protected:
  // Runs `work(thread number)` on each of `count` threads, all let go at once.
  template <class Work>
  static void run(std::uint32_t count, Work work) {
    std::latch start(count);
    std::vector<std::jthread> threads;
    for (std::uint32_t number = 0; number < count; ++number) {
      threads.emplace_back([&, number] {
        start.arrive_and_wait();
        work(number);
      });
    }
  }
  const std::string content_ = content_of(kPieces * kPiece - 5);
};

TEST_F(BlobThreadsTest, WritersReadersHasherAndCheckpointsShareABlob) {
  const auto blob = add_partial(content_, 0);
  std::atomic<std::uint32_t> writing = 3;
  run(6, [&](std::uint32_t number) {
    if (number < 3) {
      for (std::uint32_t index = number; index < kPieces; index += 3) {
        write_piece(*blob, content_, index);
      }
      --writing;
    } else if (number == 3) {
      while (writing > 0) EXPECT_OK(blob->advance_hash(kMiB));
    } else if (number == 4) {
      while (writing > 0) EXPECT_OK(store_->checkpoint(*blob, true));
    } else {
      std::string out(kPiece, '\0');
      while (writing > 0) {
        const std::uint64_t size = std::min(blob->present_from(kPiece), kPiece);
        const auto bytes = std::as_writable_bytes(std::span(out.data(), size));
        EXPECT_OK(blob->read(kPiece, bytes));
        EXPECT_EQ(out.substr(0, size), content_.substr(kPiece, size));
      }
    }
  });
  EXPECT_EQ(blob->pieces_present(), kPieces);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(BlobThreadsTest, ManyThreadsBringTheSamePieces) {
  const auto blob = add_partial(content_, 0);
  run(4, [&](std::uint32_t) {
    for (std::uint32_t index = 0; index < kPieces; ++index) write_piece(*blob, content_, index);
  });
  EXPECT_EQ(blob->pieces_present(), kPieces);
  EXPECT_OK(store_->commit(*blob));
}

// A peer that is late with a wrong copy must not change a piece that was declared finished.
TEST_F(BlobThreadsTest, ALateWriterDoesNotChangeAFinishedPiece) {
  const std::string other = content_of(content_.size(), 2);
  const auto blob = add_partial(content_, 0);
  run(4, [&](std::uint32_t number) {
    for (std::uint32_t index = 0; index < kPieces; ++index) {
      write_piece(*blob, number % 2 == 0 ? content_ : other, index);
    }
  });
  ASSERT_OK(store_->checkpoint(*blob, true));
  close_store();
  open_store();
  const auto again = add_partial(content_, 0);  // checks each piece against its CRC32C
  EXPECT_EQ(again->pieces_present(), kPieces);
  EXPECT_EQ(metrics_->store_corrupt_pieces.Value(), 0);
}

TEST_F(BlobThreadsTest, DroppingWhileHashingAndCommittingEndsInTheRightDigest) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  const std::string other = content_of(content_.size(), 2);
  const auto blob = add_partial(content_, 0);
  std::atomic<bool> dropping = true;
  run(3, [&](std::uint32_t number) {
    if (number == 0) {
      std::mt19937_64 random(seed);
      for (int round = 0; round < 400; ++round) {
        const auto index = static_cast<std::uint32_t>(random() % kPieces);
        if (round % 100 == 99) blob->drop_all();
        if (random() % 2 == 0) blob->drop_piece(index);
        write_piece(*blob, random() % 8 == 0 ? other : content_, index);
      }
      blob->drop_all();
      for (std::uint32_t index = 0; index < kPieces; ++index) write_piece(*blob, content_, index);
      dropping = false;
    } else if (number == 1) {
      while (dropping) EXPECT_OK(blob->advance_hash(kPiece / 2));
    } else {
      while (dropping) {
        const auto done = store_->commit(*blob);
        EXPECT_TRUE(done || code_of(done) == Errc::not_found || code_of(done) == Errc::corrupt);
      }
    }
  });
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(BlobThreadsTest, CommitsAndDropsRaceToAWholeBlobOrNone) {
  for (int round = 0; round < 20; ++round) {
    const std::string content = content_of(4 * kPiece, 100 + static_cast<std::uint64_t>(round));
    const auto blob = add_partial(content, 4);
    run(4, [&](std::uint32_t number) {
      if (number == 3) {
        blob->drop_piece(0);
        return;
      }
      const auto done = store_->commit(*blob);
      EXPECT_TRUE(done || done.error().code == Errc::not_found) << done.error().message;
    });
    EXPECT_EQ(blob->complete(), blob->has_piece(0));
    EXPECT_EQ(store_->open_blob(blob->descriptor().digest).has_value(), blob->complete());
  }
}

TEST_F(BlobThreadsTest, ThereIsOneBlobFileADigest) {
  std::vector<std::shared_ptr<BlobFile>> blobs(8);
  run(8, [&](std::uint32_t number) {
    blobs[number] = store_->create_blob(descriptor_of(content_)).value();
  });
  for (const auto& blob : blobs) EXPECT_EQ(blob, blobs[0]);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
}

TEST_F(BlobThreadsTest, ManyReadersFindTheSameCorruptPieceOnce) {
  const Descriptor descriptor = add_complete(content_);
  flip_byte(blob_path(descriptor.digest), 5 * kPiece);
  const auto blob = store_->open_blob(descriptor.digest).value();
  run(8, [&](std::uint32_t) {
    std::byte byte{};
    const auto done = blob->read(5 * kPiece + 1, {&byte, 1});
    EXPECT_TRUE(code_of(done) == Errc::corrupt || code_of(done) == Errc::not_found);
  });
  EXPECT_EQ(metrics_->store_corrupt_pieces.Value(), 1);
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
}

TEST_F(BlobThreadsTest, LearningFromManyThreadsLosesNothing) {
  const Descriptor descriptor = descriptor_of("layer");
  run(kSeenInMax, [&](std::uint32_t number) {
    EXPECT_OK(store_->learn(descriptor, repository("r" + std::to_string(number))));
  });
  EXPECT_EQ(store_->describe(descriptor.digest)->seen_in.size(), kSeenInMax);
}

}  // namespace
}  // namespace shoal::store
