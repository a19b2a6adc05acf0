#include "store/index.h"

#include <map>

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
  struct Seen {
    std::map<Digest, UseRecord> complete;
    std::map<Digest, std::uint64_t> partial;  // their sizes
  };
  Seen see_all() {
    Seen seen;
    EXPECT_OK(index_->each_complete(
        [&](const Digest& digest, const UseRecord& use) { seen.complete.emplace(digest, use); }));
    EXPECT_OK(index_->each_partial([&](const Digest& digest, const PieceRecord& record) {
      seen.partial.emplace(digest, record.size);
    }));
    return seen;
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

TEST_F(IndexTest, GoesThroughWhatIsThere) {
  const Digest other = descriptor_of("de").digest;
  const SystemTime then(std::chrono::seconds(1000));
  ASSERT_OK(index_->put_complete(Known(descriptor_), pieces_of(3), {then, 3, 4096}));
  ASSERT_OK(index_->put_complete(Known(descriptor_of("de")), pieces_of(2), {then, 2, 4096}));
  ASSERT_OK(index_->put_partial(descriptor_of("f").digest, pieces_of(kGiB), Durability::lazy));
  ASSERT_OK(index_->put_used({{other, {then + std::chrono::seconds(1), 2, 4096}}}));
  open();
  const Seen seen = see_all();
  ASSERT_EQ(seen.complete.size(), 2U);
  EXPECT_EQ(seen.complete.at(digest_).size, 3U);
  EXPECT_EQ(seen.complete.at(other).used_at, then + std::chrono::seconds(1));
  EXPECT_EQ(seen.complete.at(other).occupied, 4096U);
  ASSERT_EQ(seen.partial.size(), 1U);
  EXPECT_EQ(seen.partial.begin()->second, kGiB);
}

TEST_F(IndexTest, ANoteOfUseFromBeforeThereWereSizesIsCompleted) {
  ASSERT_OK(index_->put_complete(Known(descriptor_), pieces_of(3), {SystemTime(), 3, 4096}));
  put_raw("u/" + digest_.text(), std::string("\1\xe8\3\0\0\0\0\0\0", 9));  // version 1, 1 s
  open();
  const Seen seen = see_all();
  ASSERT_EQ(seen.complete.size(), 1U);
  EXPECT_EQ(seen.complete.at(digest_).size, 3U);
  EXPECT_EQ(seen.complete.at(digest_).occupied, 4096U);
  EXPECT_EQ(seen.complete.at(digest_).used_at, SystemTime(std::chrono::seconds(1)));
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

TEST_F(IndexTest, GoingThroughRemovesWhatDoesNotDecode) {
  put_raw("u/" + digest_.text(), "garbage");
  put_raw("p/nonsense", "garbage");
  open();
  const Seen seen = see_all();
  EXPECT_EQ(seen.complete.size() + seen.partial.size(), 0U);
  EXPECT_EQ(metrics_.store_errors.Value(), 2);
  see_all();
  EXPECT_EQ(metrics_.store_errors.Value(), 2);
}

}  // namespace
}  // namespace shoal::store
