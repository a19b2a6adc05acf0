// Goal: a hundred thousand blobs of 100 MiB are no burden. Their files are not made: nothing looks at one
// that is not wanted, and that is a part of what is shown.

#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "base/bytes.h"
#include "store/records.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

constexpr std::uint64_t kBlobs = 100'000;
constexpr std::uint64_t kSize = 100 * kMiB;

Digest numbered(std::uint64_t number) {
  std::array<std::byte, 32> raw{};
  // Spread, as digests are.
  const std::uint64_t mixed = number * 0x9e3779b97f4a7c15U;
  for (std::size_t i = 0; i < 8; ++i) raw[i] = static_cast<std::byte>(mixed >> (8 * i));
  return Digest::from_raw(DigestAlgorithm::sha256, raw);
}

class ManyBlobsTest : public StoreTest {
 protected:
  ManyBlobsTest() {
    close_store();
    leveldb::DB* raw = nullptr;
    EXPECT_TRUE(leveldb::DB::Open({}, (folder() / "index").string(), &raw).ok());
    const std::unique_ptr<leveldb::DB> database(raw);
    PieceRecord pieces(kSize);
    pieces.crcs.assign(PieceLayout(kSize).count(), 7);
    pieces.present.assign(pieces.crcs.size(), true);
    const std::string value = encode_complete(pieces);
    for (std::uint64_t i = 0; i < kBlobs;) {
      leveldb::WriteBatch batch;
      for (const std::uint64_t end = i + 1000; i < end; ++i) {
        const std::string name = numbered(i).text();
        // A hundredth of them with their pieces, or this test would write 320 MB.
        if (i % 100 == 0) batch.Put("b/" + name, value);
        const SystemTime used_at(std::chrono::seconds(1000 + i));
        batch.Put("u/" + name, encode_used({used_at, kSize, kSize}));
      }
      EXPECT_TRUE(database->Write({}, &batch).ok());
    }
  }
};

TEST_F(ManyBlobsTest, AreCountedAtTheStartAndGoOneByOne) {
  const auto begun = std::chrono::steady_clock::now();
  open_store();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("start_ms", static_cast<int>(took.count() * 1000));
  EXPECT_EQ(store_->stats().blobs, kBlobs);
  EXPECT_EQ(store_->stats().blob_bytes, kBlobs * kSize);
  EXPECT_EQ(store_->space()->held.evictable, kBlobs * kSize);
  close_store();
  room_.quota.bytes = (kBlobs - 50) * kSize;
  open_store();
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(store_->stats().blobs, kBlobs - 50);
  const auto gone = store_->remove(numbered(49));
  EXPECT_EQ(code_of(gone), Errc::not_found) << "the oldest went";
  EXPECT_OK(store_->remove(numbered(50)));
}

}  // namespace
}  // namespace shoal::store
