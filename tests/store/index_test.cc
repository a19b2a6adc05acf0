#include "store/index.h"

#include <gtest/gtest.h>

#include <leveldb/db.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

PieceRecord pieces_of(std::uint64_t size) {
  PieceRecord record(size);
  const std::uint32_t count = PieceLayout(size).count();
  record.crcs.assign(count, 7);
  record.present.assign(count, true);
  return record;
}

class IndexTest : public ::testing::Test {
 protected:
  IndexTest() { open(); }
  void open() {
    index_.reset();
    index_ = Index::open(folder(), 0, metrics_).value();
  }
  std::filesystem::path folder() const { return scratch_.path() / "index"; }
  // Puts bytes under a key behind the index's back.
  void put_raw(const std::string& key, const std::string& value) {
    index_.reset();
    leveldb::DB* raw = nullptr;
    ASSERT_TRUE(leveldb::DB::Open(leveldb::Options(), folder().string(), &raw).ok());
    const std::unique_ptr<leveldb::DB> database(raw);
    ASSERT_TRUE(database->Put(leveldb::WriteOptions(), key, value).ok());
  }
  ScratchFolder scratch_;
  Metrics metrics_;
  std::unique_ptr<Index> index_;
  const Descriptor descriptor_ = descriptor_of("abc");
  const Digest& digest_ = descriptor_.digest;
};

TEST_F(IndexTest, ABlobIsArrivingOrCompleteNeverBoth) {
  ASSERT_OK(index_->put_partial(digest_, pieces_of(3), Durability::lazy));
  EXPECT_OK(index_->partial(digest_));
  EXPECT_EQ(code_of(index_->complete(digest_)), Errc::not_found);
  ASSERT_OK(index_->put_complete(Known(descriptor_), pieces_of(3), {}));
  EXPECT_EQ(code_of(index_->partial(digest_)), Errc::not_found);
  EXPECT_OK(index_->complete(digest_));
  EXPECT_OK(index_->known(digest_));
  ASSERT_OK(index_->put_partial(digest_, pieces_of(3), Durability::synced));
  EXPECT_EQ(code_of(index_->complete(digest_)), Errc::not_found);
  ASSERT_OK(index_->remove_blob(digest_));
  EXPECT_EQ(code_of(index_->partial(digest_)), Errc::not_found);
}

TEST_F(IndexTest, TotalsCountWhatIsThere) {
  ASSERT_OK(index_->put_complete(Known(descriptor_), pieces_of(3), {}));
  ASSERT_OK(index_->put_complete(Known(descriptor_of("de")), pieces_of(2), {}));
  ASSERT_OK(index_->put_partial(descriptor_of("f").digest, pieces_of(kGiB), Durability::lazy));
  open();
  const auto totals = index_->totals();
  ASSERT_OK(totals);
  EXPECT_EQ(totals->blobs, 2U);
  EXPECT_EQ(totals->blob_bytes, 5U);
  EXPECT_EQ(totals->partial_blobs, 1U);
}

TEST_F(IndexTest, ValuesThatDoNotDecodeCountAsAbsent) {
  put_raw("k/" + digest_.text(), "garbage");
  put_raw("b/" + digest_.text(), std::string(100, '\xff'));
  put_raw("p/" + digest_.text(), "");
  put_raw("t/docker.io/a:latest", "\x01");
  open();
  EXPECT_EQ(code_of(index_->known(digest_)), Errc::not_found);
  EXPECT_EQ(code_of(index_->complete(digest_)), Errc::not_found);
  EXPECT_EQ(code_of(index_->partial(digest_)), Errc::not_found);
  EXPECT_EQ(code_of(index_->tag(repository("a"), Tag::parse("latest").value())), Errc::not_found);
  EXPECT_EQ(metrics_.store_errors.Value(), 4);
}

TEST_F(IndexTest, TotalsRemoveWhatDoesNotDecode) {
  put_raw("b/" + digest_.text(), "garbage");
  put_raw("p/nonsense", "garbage");
  open();
  const auto totals = index_->totals();
  ASSERT_OK(totals);
  EXPECT_EQ(totals->blobs + totals->partial_blobs, 0U);
  EXPECT_EQ(metrics_.store_errors.Value(), 2);
  ASSERT_OK(index_->totals());
  EXPECT_EQ(metrics_.store_errors.Value(), 2);
}

}  // namespace
}  // namespace shoal::store
