#include <filesystem>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/store_fixture.h"

namespace shoal::store {
namespace {

class SmallContentTest : public StoreTest {
 protected:
  const std::string content_ = R"({"schemaVersion":2})";
  const Descriptor descriptor_ = descriptor_of(content_, "application/x-manifest");
};

TEST_F(SmallContentTest, WhatWasPutIsReadAndKnown) {
  ASSERT_OK(store_->put(descriptor_, content_, repository("a")));
  EXPECT_EQ(store_->read_all(descriptor_.digest, content_.size()).value(), content_);
  const auto known = store_->describe(descriptor_.digest);
  EXPECT_EQ(known->descriptor, descriptor_);
  EXPECT_EQ(known->seen_in, std::vector<Repository>{repository("a")});
  ASSERT_OK(store_->put(descriptor_, content_, repository("b")));
  EXPECT_EQ(store_->describe(descriptor_.digest)->seen_in.front(), repository("b"));
  EXPECT_EQ(store_->stats().blobs, 1U);
}

TEST_F(SmallContentTest, MoreThanOnePieceWorksToo) {
  const std::string content = content_of(300 * kKiB);
  ASSERT_OK(store_->put(descriptor_of(content), content, repository("a")));
  EXPECT_EQ(store_->read_all(descriptor_of(content).digest, kMiB).value(), content);
}

TEST_F(SmallContentTest, ContentThatDoesNotMatchIsRefused) {
  EXPECT_EQ(code_of(store_->put(descriptor_, "something else", repository("a"))), Errc::corrupt);
  std::string altered = content_;
  altered[0] = ' ';
  EXPECT_EQ(code_of(store_->put(descriptor_, altered, repository("a"))), Errc::corrupt);
  EXPECT_EQ(code_of(store_->open_blob(descriptor_.digest)), Errc::not_found);
  EXPECT_EQ(code_of(store_->describe(descriptor_.digest)), Errc::not_found);
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
}

TEST_F(SmallContentTest, ReadAllHasALimit) {
  ASSERT_OK(store_->put(descriptor_, content_, repository("a")));
  EXPECT_EQ(code_of(store_->read_all(descriptor_.digest, content_.size() - 1)), Errc::too_large);
}

TEST_F(SmallContentTest, ReadAllOfWhatIsNotHereIsNotFound) {
  EXPECT_EQ(code_of(store_->read_all(descriptor_.digest, kMiB)), Errc::not_found);
}

TEST_F(SmallContentTest, ProvenContentReplacesAPartialOfAnotherSize) {
  const Descriptor lie(descriptor_.digest, 5 * kMiB);
  const auto arriving = store_->create_blob(lie).value();
  ASSERT_OK(store_->put(descriptor_, content_, repository("a")));
  EXPECT_EQ(store_->read_all(descriptor_.digest, kMiB).value(), content_);
  EXPECT_EQ(store_->stats().partial_blobs, 0U);
  EXPECT_EQ(store_->stats().blobs, 1U);
}

TEST_F(SmallContentTest, AnOverlongMediaTypeIsRefused) {
  const Descriptor long_type(descriptor_.digest, descriptor_.size, std::string(256, 'x'));
  EXPECT_EQ(code_of(store_->put(long_type, content_, repository("a"))), Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::store
