// Goal: a full disk ends in no_space, loses nothing that was there, and is survived.

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

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
    StoreOptions options;
    options.data_dir = scratch_.path() / "data";
    store_ = Store::open(std::move(options), metrics_).value();
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
  void crowd() const { write_text(scratch_.path() / "foreign", std::string(2 * kMiB, 'x')); }
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
  const std::string next = content_of(kMiB / 2, 3);
  EXPECT_OK(store_->put(descriptor_of(next), next, repository("a")));
  EXPECT_EQ(store_->read_all(descriptor_of(next).digest, kMiB).value(), next);
}

}  // namespace
}  // namespace shoal::store
