#include <filesystem>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kPiece = 128 * kKiB;

class CommitTest : public StoreTest {
 protected:
  void reopen() {
    close_store();
    open_store();
  }
  const std::string content_ = content_of(2 * kPiece + 9);
  const Descriptor descriptor_ = descriptor_of(content_, "application/x-layer");
};

TEST_F(CommitTest, ACompleteBlobIsHereAlsoLater) {
  add_complete(content_);
  EXPECT_FALSE(fs::exists(partial_path(descriptor_.digest)));
  EXPECT_EQ(fs::file_size(blob_path(descriptor_.digest)), content_.size());
  EXPECT_EQ(store_->stats().blobs, 1U);
  EXPECT_EQ(store_->stats().blob_bytes, content_.size());
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  reopen();
  EXPECT_EQ(store_->stats().blobs, 1U);
  EXPECT_EQ(store_->stats().blob_bytes, content_.size());
  EXPECT_EQ(metrics_->store_blobs.Value(), 1);
  const auto blob = store_->open_blob(descriptor_.digest).value();
  EXPECT_TRUE(blob->complete());
  EXPECT_EQ(blob->present_from(1), content_.size() - 1);
  EXPECT_EQ(read_whole(*blob), content_);
  EXPECT_EQ(store_->create_blob(descriptor_).value(), blob);
}

TEST_F(CommitTest, TheFileDescriptorOutlivesTheMove) {
  const auto blob = add_partial(content_, 3);
  const int fd = blob->fd();
  ASSERT_OK(store_->commit(*blob));
  EXPECT_EQ(blob->fd(), fd);
  EXPECT_TRUE(blob->complete());
  EXPECT_OK(blob->write(0, as_bytes(content_of(10, 3))));
  EXPECT_EQ(read_whole(*blob), content_);
  EXPECT_OK(store_->commit(*blob));  // idle
  EXPECT_EQ(store_->stats().blobs, 1U);
}

TEST_F(CommitTest, MissingPiecesAreRefusedAndKept) {
  const auto blob = add_partial(content_, 2);
  const auto done = store_->commit(*blob);
  EXPECT_EQ(code_of(done), Errc::not_found);
  EXPECT_EQ(blob->pieces_present(), 2U);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  write_piece(*blob, content_, 2);
  EXPECT_OK(store_->commit(*blob));
}

TEST_F(CommitTest, WrongBytesAreNeverStored) {
  const std::string other = content_of(content_.size(), 2);
  const auto blob = add_partial(content_, 2);
  write_piece(*blob, other, 2);
  ASSERT_OK(store_->checkpoint(*blob, true));
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::corrupt);
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces_present(), 3U) << "which of them are bad is not the store's to say";
  EXPECT_FALSE(fs::exists(blob_path(descriptor_.digest)));
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(store_->stats().partial_blobs, 1U);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::corrupt) << "however often one asks";

  blob->drop_piece(2);
  write_piece(*blob, content_, 2);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, DroppedPiecesAreForgottenInTheIndexToo) {
  const std::string other = content_of(content_.size(), 2);
  {
    const auto blob = add_partial(content_, 2);
    write_piece(*blob, other, 2);
    ASSERT_OK(store_->checkpoint(*blob, true));
    ASSERT_EQ(code_of(store_->commit(*blob)), Errc::corrupt);
    blob->drop_piece(2);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  reopen();
  EXPECT_EQ(store_->create_blob(descriptor_).value()->pieces_present(), 2U);
}

TEST_F(CommitTest, ABlobWithoutBytesIsCompleteWithoutAWrite) {
  const Descriptor empty = add_complete("");
  EXPECT_EQ(store_->read_all(empty.digest, 0).value(), "");
  reopen();
  const auto blob = store_->open_blob(empty.digest).value();
  EXPECT_TRUE(blob->complete());
  EXPECT_EQ(blob->layout().count(), 0U);
  EXPECT_EQ(blob->present_from(0), 0U);
  EXPECT_OK(blob->read(0, {}));
}

TEST_F(CommitTest, AWrongDigestForNoBytesIsCorrupt) {
  const Descriptor lie(descriptor_.digest, 0);
  const auto blob = store_->create_blob(lie).value();
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::corrupt);
}

TEST_F(CommitTest, Sha512Works) {
  const Descriptor descriptor = descriptor_of(content_, "", DigestAlgorithm::sha512);
  const auto blob = store_->create_blob(descriptor).value();
  for (std::uint32_t index = 0; index < 3; ++index) write_piece(*blob, content_, index);
  ASSERT_OK(store_->checkpoint(*blob, true));
  EXPECT_TRUE(fs::exists(partial_path(descriptor.digest)));
  EXPECT_OK(store_->commit(*blob));
  EXPECT_TRUE(fs::exists(blob_path(descriptor.digest)));
  EXPECT_EQ(store_->read_all(descriptor.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, ACommitThatTheDiskRefusedCanBeRepeated) {
  const fs::path in_the_way = blob_path(descriptor_.digest).parent_path();
  write_text(in_the_way, "not a folder");
  const auto blob = add_partial(content_, 3);
  const auto refused = store_->commit(*blob);
  EXPECT_EQ(code_of(refused), Errc::io);
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces_present(), 3U);
  EXPECT_EQ(metrics_->store_errors.Value(), 1);
  fs::remove(in_the_way);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

// The process died after the file was moved and before the index said so.
TEST_F(CommitTest, ACrashBetweenMoveAndRecordCostsNoBytes) {
  {
    const auto blob = add_partial(content_, 3);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  close_store();
  fs::create_directories(blob_path(descriptor_.digest).parent_path());
  fs::rename(partial_path(descriptor_.digest), blob_path(descriptor_.digest));
  open_store();
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  const auto blob = store_->create_blob(descriptor_).value();
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces_present(), 3U);
  EXPECT_FALSE(fs::exists(blob_path(descriptor_.digest)));
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, DiscardFindsTheFileOfSuchACrash) {
  {
    const auto blob = add_partial(content_, 3);
    ASSERT_OK(store_->checkpoint(*blob, true));
  }
  close_store();
  fs::create_directories(blob_path(descriptor_.digest).parent_path());
  fs::rename(partial_path(descriptor_.digest), blob_path(descriptor_.digest));
  open_store();
  ASSERT_OK(store_->discard(descriptor_.digest));
  EXPECT_FALSE(fs::exists(blob_path(descriptor_.digest)));
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
}

// The same with the record lost altogether, and bytes nobody vouches for.
TEST_F(CommitTest, AFileThatNoRecordSpeaksOfIsReplaced) {
  fs::create_directories(blob_path(descriptor_.digest).parent_path());
  write_text(blob_path(descriptor_.digest), content_of(content_.size(), 2));
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  add_complete(content_);
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, ALostFileIsForgottenAndCanComeAgain) {
  add_complete(content_);
  fs::remove(blob_path(descriptor_.digest));
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_EQ(store_->stats().blob_bytes, 0U);
  add_complete(content_);
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, AFileOfTheWrongSizeIsForgottenAndReplaced) {
  add_complete(content_);
  fs::resize_file(blob_path(descriptor_.digest), 5);
  const auto blob = store_->create_blob(descriptor_).value();  // finds it out by itself
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->pieces_present(), 0U);
  for (std::uint32_t index = 0; index < 3; ++index) write_piece(*blob, content_, index);
  EXPECT_OK(store_->commit(*blob));
  EXPECT_EQ(store_->stats().blobs, 1U);
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
}

TEST_F(CommitTest, AnotherSizeThanTheCompleteOneIsRefused) {
  add_complete(content_);
  const Descriptor other(descriptor_.digest, 1);
  EXPECT_EQ(code_of(store_->create_blob(other)), Errc::invalid_argument);
}

TEST_F(CommitTest, ABlobThatIsArrivingIsNotOpenedAsComplete) {
  const auto blob = add_partial(content_, 3);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
}

}  // namespace
}  // namespace shoal::store
