// Goal: bytes that changed on disk are found when they are read, never handed out, and replaced.

#include <filesystem>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kPiece = 128 * kKiB;

class CorruptionTest : public StoreTest {
 protected:
  // A complete blob whose piece 1 changed on disk, not open.
  CorruptionTest() {
    add_complete(content_);
    flip_byte(blob_path(descriptor_.digest), kPiece + 3);
  }
  static Result<void> read_byte(BlobFile& blob, std::uint64_t offset) {
    std::byte byte{};
    return blob.read(offset, {&byte, 1});
  }
  const std::string content_ = content_of(3 * kPiece);
  const Descriptor descriptor_ = descriptor_of(content_);
};

TEST_F(CorruptionTest, TheFirstReadOfThePieceFindsIt) {
  const auto blob = store_->open_blob(descriptor_.digest).value();
  EXPECT_OK(read_byte(*blob, 0));
  EXPECT_TRUE(blob->complete());
  EXPECT_EQ(code_of(read_byte(*blob, kPiece)), Errc::corrupt);
  EXPECT_EQ(code_of(read_byte(*blob, kPiece)), Errc::not_found);
  EXPECT_OK(read_byte(*blob, 2 * kPiece));
  EXPECT_EQ(metrics_->store_corrupt_pieces.Value(), 1);
}

TEST_F(CorruptionTest, TheBlobIsArrivingAgainAndCanBeRepaired) {
  const auto blob = store_->open_blob(descriptor_.digest).value();
  ASSERT_EQ(code_of(read_byte(*blob, kPiece)), Errc::corrupt);
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{true, false, true}));
  EXPECT_TRUE(fs::exists(partial_path(descriptor_.digest)));
  EXPECT_FALSE(fs::exists(blob_path(descriptor_.digest)));
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);

  const auto repaired = store_->create_blob(descriptor_).value();
  EXPECT_EQ(repaired, blob);
  write_piece(*repaired, content_, 1);
  EXPECT_OK(store_->commit(*repaired));
  EXPECT_EQ(store_->stats().blobs, 1U);
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CorruptionTest, ARestartFindsTheRepairToDo) {
  {
    const auto blob = store_->open_blob(descriptor_.digest).value();
    ASSERT_EQ(code_of(read_byte(*blob, kPiece)), Errc::corrupt);
  }
  close_store();
  open_store();
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
  const auto blob = store_->create_blob(descriptor_).value();
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{true, false, true}));
  write_piece(*blob, content_, 1);
  EXPECT_OK(store_->commit(*blob));
}

TEST_F(CorruptionTest, ABlobCommittedInThisRunIsHashedAnewWhenRepaired) {
  const std::string content = content_of(2 * kPiece, 7);
  const auto blob = add_partial(content, 2);
  ASSERT_OK(store_->commit(*blob));
  // Changed after the pieces were checked: only the digest over the whole tells.
  flip_byte(blob_path(blob->descriptor().digest), 8);
  EXPECT_EQ(code_of(store_->read_all(blob->descriptor().digest, kMiB)), Errc::corrupt);
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{false, true}));
  write_piece(*blob, content, 0);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->read_all(blob->descriptor().digest, kMiB).value(), content);
}

TEST_F(CorruptionTest, ARepairWithWrongBytesIsNotStored) {
  const auto blob = store_->open_blob(descriptor_.digest).value();
  ASSERT_EQ(code_of(read_byte(*blob, kPiece)), Errc::corrupt);
  write_piece(*blob, content_of(content_.size(), 2), 1);
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::corrupt);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  EXPECT_FALSE(fs::exists(blob_path(descriptor_.digest)));
}

TEST_F(CorruptionTest, AFileThatWasCutWhileOpenIsAnError) {
  const auto blob = store_->open_blob(descriptor_.digest).value();
  fs::resize_file(blob_path(descriptor_.digest), 2 * kPiece + 5);
  const auto done = read_byte(*blob, 2 * kPiece + 9);
  EXPECT_EQ(code_of(done), Errc::io);
  EXPECT_NE(done.error().message.find("ends too early"), std::string::npos);
  EXPECT_EQ(metrics_->store_errors.Value(), 1);
}

TEST_F(CorruptionTest, ReadAllReportsIt) {
  EXPECT_EQ(code_of(store_->read_all(descriptor_.digest, kMiB)), Errc::corrupt);
}

}  // namespace
}  // namespace shoal::store
