#include "store/blob_file.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kPiece = 128 * kKiB;

class BlobFileTest : public StoreTest {
 protected:
  const std::string content_ = content_of(3 * kPiece + 77);
};

TEST_F(BlobFileTest, ANewBlobHasNothing) {
  const auto blob = add_partial(content_, 0);
  EXPECT_FALSE(blob->complete());
  EXPECT_EQ(blob->descriptor(), descriptor_of(content_));
  EXPECT_EQ(blob->layout().count(), 4U);
  EXPECT_EQ(blob->pieces_present(), 0U);
  EXPECT_EQ(blob->pieces(), std::vector<bool>(4, false));
  std::byte byte{};
  EXPECT_EQ(code_of(blob->read(0, {&byte, 1})), Errc::not_found);
}

TEST_F(BlobFileTest, ItsFileIsSparseAndHasItsSizeFromTheStart) {
  const auto blob = add_partial(content_, 0);
  struct stat status {};
  ASSERT_EQ(::fstat(blob->fd(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), content_.size());
  EXPECT_EQ(status.st_blocks, 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(BlobFileTest, FinishedPiecesCanBeRead) {
  const auto blob = add_partial(content_, 0);
  write_piece(*blob, content_, 1);
  write_piece(*blob, content_, 3);
  EXPECT_TRUE(blob->has_piece(3));
  EXPECT_FALSE(blob->has_piece(2));
  EXPECT_FALSE(blob->has_piece(4));
  EXPECT_EQ(blob->pieces(), (std::vector<bool>{false, true, false, true}));
  EXPECT_EQ(blob->present_from(kPiece + 7), kPiece - 7);
  EXPECT_EQ(blob->present_from(3 * kPiece), 77U);
  std::string out(100, '\0');
  ASSERT_OK(blob->read(kPiece + 5, std::as_writable_bytes(std::span(out.data(), out.size()))));
  EXPECT_EQ(out, content_.substr(kPiece + 5, 100));
}

TEST_F(BlobFileTest, AReadThatTouchesAMissingPieceFails) {
  const auto blob = add_partial(content_, 1);
  std::string out(2, '\0');
  const auto bytes = std::as_writable_bytes(std::span(out.data(), out.size()));
  EXPECT_EQ(code_of(blob->read(kPiece - 1, bytes)), Errc::not_found);
}

TEST_F(BlobFileTest, WritesMaySpanPiecesAndComeInAnyOrder) {
  const auto blob = add_partial(content_, 0);
  const std::string_view content = content_;
  ASSERT_OK(blob->write(kPiece + 100, as_bytes(content.substr(kPiece + 100))));
  ASSERT_OK(blob->write(0, as_bytes(content.substr(0, kPiece + 200))));
  for (std::uint32_t index = 0; index < 4; ++index) ASSERT_OK(blob->finish_piece(index));
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(BlobFileTest, WritingOutsideOfTheBlobIsRefused) {
  const auto blob = add_partial(content_, 0);
  const std::string two = "ab";
  EXPECT_EQ(code_of(blob->write(content_.size() - 1, as_bytes(two))), Errc::invalid_argument);
  EXPECT_EQ(code_of(blob->write(content_.size() + 1, {})), Errc::invalid_argument);
  EXPECT_EQ(code_of(blob->write(~std::uint64_t{0}, as_bytes(two))), Errc::invalid_argument);
  EXPECT_EQ(code_of(blob->finish_piece(4)), Errc::invalid_argument);
  EXPECT_OK(blob->write(content_.size(), {}));
  std::string out(2, '\0');
  EXPECT_EQ(code_of(blob->read(content_.size() - 1,
                               std::as_writable_bytes(std::span(out.data(), out.size())))),
            Errc::invalid_argument);
  EXPECT_EQ(metrics_->store_errors.Value(), 0);  // no fault of the disk
}

TEST_F(BlobFileTest, APresentPieceIsNeverWritten) {
  const auto blob = add_partial(content_, 4);
  const std::string other = content_of(content_.size(), 2);
  EXPECT_OK(blob->write(0, as_bytes(other)));
  EXPECT_OK(blob->finish_piece(0));
  EXPECT_EQ(read_whole(*blob), content_);
}

TEST_F(BlobFileTest, ADroppedPieceCanBeWrittenAgain) {
  const std::string other = content_of(content_.size(), 2);
  const auto blob = add_partial(content_, 0);
  write_piece(*blob, other, 0);
  write_piece(*blob, content_, 1);
  blob->drop_piece(0);
  blob->drop_piece(0);
  blob->drop_piece(4);
  EXPECT_EQ(blob->pieces_present(), 1U);
  write_piece(*blob, content_, 0);
  EXPECT_EQ(blob->present_from(0), 2 * kPiece);
  blob->drop_all();
  EXPECT_EQ(blob->pieces_present(), 0U);
}

TEST_F(BlobFileTest, ACompleteBlobDropsNothing) {
  const Descriptor descriptor = add_complete(content_);
  const auto blob = store_->open_blob(descriptor.digest).value();
  blob->drop_piece(0);
  blob->drop_all();
  EXPECT_EQ(blob->pieces_present(), 4U);
  EXPECT_EQ(blob->advance_hash(1).value(), content_.size());
}

TEST_F(BlobFileTest, HashingStopsAtTheFirstGapAndAtTheLimit) {
  const auto blob = add_partial(content_, 2);
  write_piece(*blob, content_, 3);
  EXPECT_EQ(blob->advance_hash(10).value(), 10U);
  EXPECT_EQ(blob->advance_hash(kGiB).value(), 2 * kPiece);
  EXPECT_EQ(blob->advance_hash(kGiB).value(), 2 * kPiece);
  write_piece(*blob, content_, 2);
  EXPECT_EQ(blob->advance_hash(kGiB).value(), content_.size());
  EXPECT_OK(store_->commit(*blob));
}

TEST_F(BlobFileTest, DroppingAHashedPieceStartsTheHashAnew) {
  const std::string other = content_of(content_.size(), 2);
  const auto blob = add_partial(content_, 0);
  write_piece(*blob, other, 0);
  write_piece(*blob, content_, 1);
  ASSERT_EQ(blob->advance_hash(kGiB).value(), 2 * kPiece);
  blob->drop_piece(0);
  EXPECT_EQ(blob->advance_hash(kGiB).value(), 0U);
  for (std::uint32_t index : {0U, 2U, 3U}) write_piece(*blob, content_, index);
  EXPECT_OK(store_->commit(*blob));
}

TEST_F(BlobFileTest, DroppingAPieceBehindTheHashKeepsTheHash) {
  const auto blob = add_partial(content_, 3);
  ASSERT_EQ(blob->advance_hash(kPiece).value(), kPiece);
  blob->drop_piece(2);
  EXPECT_EQ(blob->advance_hash(0).value(), kPiece);
}

}  // namespace
}  // namespace shoal::store
