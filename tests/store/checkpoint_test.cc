// What of an arriving blob a later run of the process finds again.

#include <filesystem>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kPiece = 128 * kKiB;

class CheckpointTest : public StoreTest {
 protected:
  std::shared_ptr<BlobFile> reopen() {
    close_store();
    open_store();
    return add_partial(content_, 0);
  }
  const std::string content_ = content_of(5 * kPiece + 1);
  const Descriptor descriptor_ = descriptor_of(content_);
};

TEST_F(CheckpointTest, PiecesBeforeTheCheckpointComeBackLaterOnesDoNot) {
  {
    const auto blob = add_partial(content_, 3);
    ASSERT_OK(store_->checkpoint(*blob, true));
    write_piece(*blob, content_, 5);
  }
  const auto blob = reopen();
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{true, true, true, false, false, false}));
  EXPECT_EQ(blob->present_from(0), 3 * kPiece);
  for (std::uint32_t index = 3; index < 6; ++index) write_piece(*blob, content_, index);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(CheckpointTest, WithoutForceItWaitsForEnoughBytes) {
  close_store();
  open_store(2 * kPiece);
  {
    const auto blob = add_partial(content_, 1);
    ASSERT_OK(store_->checkpoint(*blob, false));
  }
  EXPECT_EQ(reopen()->pieces_present(), 0U);
  close_store();
  open_store(2 * kPiece);
  {
    const auto blob = add_partial(content_, 2);
    ASSERT_OK(store_->checkpoint(*blob, false));
    write_piece(*blob, content_, 2);
    ASSERT_OK(store_->checkpoint(*blob, false));  // one piece since the last
  }
  EXPECT_EQ(reopen()->pieces_present(), 2U);
}

TEST_F(CheckpointTest, APieceThatChangedOnDiskIsDroppedAndCounted) {
  {
    const auto blob = add_partial(content_, 6);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  flip_byte(partial_path(descriptor_.digest), 2 * kPiece + 9);
  const auto blob = reopen();
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{true, true, false, true, true, true}));
  EXPECT_EQ(metrics_->store_corrupt_pieces.Value(), 1);
}

TEST_F(CheckpointTest, ACutFileLosesOnlyThePiecesThatAreGone) {
  {
    const auto blob = add_partial(content_, 6);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  fs::resize_file(partial_path(descriptor_.digest), 3 * kPiece);
  EXPECT_EQ(reopen()->pieces(), (std::vector<bool>{true, true, true, false, false, false}));
  EXPECT_EQ(fs::file_size(partial_path(descriptor_.digest)), content_.size());
}

TEST_F(CheckpointTest, ALostFileStartsOver) {
  {
    const auto blob = add_partial(content_, 6);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  fs::remove(partial_path(descriptor_.digest));
  EXPECT_EQ(reopen()->pieces_present(), 0U);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
}

TEST_F(CheckpointTest, AFileWithoutARecordIsRemovedAtOpen) {
  const fs::path orphan = partial_path(descriptor_.digest);
  { add_partial(content_, 1); }
  ASSERT_OK(store_->discard(descriptor_.digest));
  ASSERT_FALSE(fs::exists(orphan));
  close_store();
  write_text(orphan, "left behind");
  open_store();
  EXPECT_FALSE(fs::exists(orphan));
}

TEST_F(CheckpointTest, AnotherSizeThanTheOneThatIsArrivingIsRefused) {
  const Descriptor other(descriptor_.digest, descriptor_.size + 1);
  auto blob = add_partial(content_, 0);
  EXPECT_EQ(code_of(store_->create_blob(other)), Errc::invalid_argument);
  blob.reset();
  EXPECT_EQ(code_of(store_->create_blob(other)), Errc::invalid_argument);
  ASSERT_OK(store_->discard(descriptor_.digest));
  EXPECT_OK(store_->create_blob(other));
}

TEST_F(CheckpointTest, DiscardForgetsBytesAndRecord) {
  const auto blob = add_partial(content_, 6);
  ASSERT_OK(store_->checkpoint(*blob, true));
  ASSERT_OK(store_->discard(descriptor_.digest));
  EXPECT_FALSE(fs::exists(partial_path(descriptor_.digest)));
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  EXPECT_OK(store_->discard(descriptor_.digest));

  // What is left of it is a file without a name.
  EXPECT_OK(store_->checkpoint(*blob, true));
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::not_found);
  EXPECT_EQ(read_whole(*blob), content_);
  const auto again = add_partial(content_, 0);
  EXPECT_NE(again, blob);
  EXPECT_EQ(again->pieces_present(), 0U);
}

TEST_F(CheckpointTest, DiscardLeavesACompleteBlobAlone) {
  add_complete(content_);
  EXPECT_OK(store_->discard(descriptor_.digest));
  EXPECT_OK(store_->open_blob(descriptor_.digest));
  close_store();
  open_store();
  EXPECT_OK(store_->discard(descriptor_.digest));
  EXPECT_OK(store_->open_blob(descriptor_.digest));
}

TEST_F(CheckpointTest, ABlobOverTheLimitIsRefused) {
  const Descriptor huge(descriptor_.digest, kBlobBytesMax + 1);
  EXPECT_EQ(code_of(store_->create_blob(huge)), Errc::invalid_argument);
  EXPECT_FALSE(fs::exists(partial_path(descriptor_.digest)));
}

}  // namespace
}  // namespace shoal::store
