// Goal: a full disk ends in no_space, loses nothing that was there, and is survived.

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

class DiskFullTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, "size=4m") == -1) {
      GTEST_SKIP() << "a small file system cannot be mounted here (" << std::strerror(errno)
                   << "): run as root, outside of a container without CAP_SYS_ADMIN";
    }
    is_mounted_ = true;
    open();
  }
  void open() {
    store_.reset();
    StoreOptions options;
    options.data_dir = scratch_.path() / "data";
    options.probe_delay = std::chrono::milliseconds(0);
    store_ = Store::open(std::move(options), metrics_).value();
  }
  std::filesystem::path foreign() const { return scratch_.path() / "foreign"; }
  // Somebody else takes all that is left.
  void brim() const {
    std::ofstream file(foreign(), std::ios::binary | std::ios::app);
    const std::string block(kKiB, 'x');
    while (file << block << std::flush) {
    }
  }
  ~DiskFullTest() override {
    store_.reset();
    if (is_mounted_) ::umount2(scratch_.path().c_str(), MNT_DETACH);
  }
  // Writes pieces until one fails, and returns the failure.
  static Error fill(BlobFile& blob, const std::string& content) {
    for (std::uint32_t index = 0; index < blob.layout().count(); ++index) {
      const ByteRange range = blob.layout().range(index);
      const auto bytes = as_bytes(std::string_view(content).substr(range.offset, range.size));
      if (auto done = blob.write(range.offset, bytes); !done) return done.error();
      EXPECT_OK(blob.finish_piece(index));
    }
    return Error{Errc::internal, "the disk did not fill up"};
  }
  // Somebody else takes most of the disk, after the blob was let in.
  void crowd() const { write_text(foreign(), std::string(2 * kMiB, 'x')); }
  ScratchFolder scratch_;
  bool is_mounted_ = false;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  const std::string content_ = content_of(2 * kMiB);
};

TEST_F(DiskFullTest, AWriteThatDoesNotFitIsNoSpace) {
  const auto blob = store_->create_blob(descriptor_of(content_)).value();
  crowd();
  const Error error = fill(*blob, content_);
  EXPECT_EQ(error.code, Errc::no_space) << error.message;
  EXPECT_NE(error.message.find("partial"), std::string::npos) << error.message;
  EXPECT_EQ(metrics_.store_errors.Value(), 1);
  EXPECT_GT(blob->pieces_present(), 0U);
  EXPECT_EQ(code_of(store_->commit(*blob)), Errc::not_found);
}

TEST_F(DiskFullTest, ABlobThatCannotFitIsRefusedFromTheStart) {
  const auto blob = store_->create_blob(descriptor_of(content_of(8 * kMiB)));
  EXPECT_EQ(code_of(blob), Errc::too_large);
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path() / "data" / "partial"));
}

TEST_F(DiskFullTest, WhatWasThereIsStillReadAndDiscardMakesRoom) {
  const std::string small = content_of(kMiB / 2, 2);
  ASSERT_OK(store_->put(descriptor_of(small), small, repository("a")));
  {
    const auto blob = store_->create_blob(descriptor_of(content_)).value();
    crowd();
    ASSERT_EQ(fill(*blob, content_).code, Errc::no_space);
    EXPECT_EQ(store_->read_all(descriptor_of(small).digest, kMiB).value(), small);
    ASSERT_OK(store_->discard(descriptor_of(content_).digest));
  }
  ASSERT_OK(store_->tidy());
  const std::string next = content_of(kMiB / 2, 3);
  EXPECT_OK(store_->put(descriptor_of(next), next, repository("a")));
  EXPECT_EQ(store_->read_all(descriptor_of(next).digest, kMiB).value(), next);
}

TEST_F(DiskFullTest, TheStoreSaysSoAndRecoversOnceThereIsRoom) {
  const std::string small = content_of(kMiB / 2, 2);
  ASSERT_OK(store_->put(descriptor_of(small), small, repository("a")));
  const auto pinned = store_->open_blob(descriptor_of(small).digest).value();  // not to be evicted
  const auto blob = store_->create_blob(descriptor_of(content_)).value();
  crowd();
  ASSERT_EQ(fill(*blob, content_).code, Errc::no_space);
  const auto trouble = store_->trouble();
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->code, Errc::no_space);
  EXPECT_EQ(metrics_.store_trouble.Value(), 1);
  brim();
  EXPECT_EQ(code_of(store_->tidy()), Errc::no_space);
  EXPECT_TRUE(store_->trouble());
  const double errors = metrics_.store_errors.Value();
  const auto refused = store_->create_blob(descriptor_of("new"));
  EXPECT_EQ(code_of(refused), Errc::no_space);
  EXPECT_EQ(code_of(store_->learn(descriptor_of("new"), repository("a"))), Errc::no_space);
  EXPECT_EQ(metrics_.store_errors.Value(), errors) << "the disk was not tried";
  EXPECT_EQ(store_->read_all(descriptor_of(small).digest, kMiB).value(), small);
  std::filesystem::remove(foreign());
  ASSERT_OK(store_->tidy());
  EXPECT_FALSE(store_->trouble());
  EXPECT_EQ(metrics_.store_trouble.Value(), 0);
  EXPECT_OK(store_->put(descriptor_of("new"), "new", repository("a")));
}

TEST_F(DiskFullTest, WhatTheStoreHasGoesWhenOthersTakeTheDisk) {
  const std::string small = content_of(kMiB / 2, 2);
  ASSERT_OK(store_->put(descriptor_of(small), small, repository("a")));
  brim();
  EXPECT_EQ(code_of(store_->create_blob(descriptor_of(content_))), Errc::too_large);
  for (int i = 0; i < 10'000 && !store_->trouble(); ++i) {
    (void)store_->learn(descriptor_of(std::to_string(i)), repository("b"));
  }
  ASSERT_TRUE(store_->trouble()) << "the index cannot grow";
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(store_->stats().blobs, 0U);
  EXPECT_FALSE(store_->trouble());
}

// leveldb takes no more writes after some failures, and tears its log at others.
TEST_F(DiskFullTest, TheIndexTakesWritesAgainAndKeepsThem) {
  ASSERT_OK(store_->learn(descriptor_of("0"), repository("b")));
  brim();
  int known = 1;
  while (!store_->trouble()) {
    (void)store_->learn(descriptor_of(std::to_string(known++)), repository("b"));
    ASSERT_LT(known, 100'000);
  }
  std::filesystem::remove(foreign());
  ASSERT_OK(store_->tidy());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_OK(store_->learn(descriptor_of("after" + std::to_string(i)), repository("c")));
  }
  open();
  EXPECT_EQ(metrics_.store_trouble.Value(), 0);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_OK(store_->describe(descriptor_of("after" + std::to_string(i)).digest));
  }
  EXPECT_OK(store_->describe(descriptor_of("0").digest));
}

}  // namespace
}  // namespace shoal::store
