#include <gmock/gmock.h>

#include "store/store_fixture.h"

namespace shoal::store {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

class WatcherTest : public StoreTest {
 protected:
  WatcherTest() { watch(); }
  void watch() {
    store_->set_watcher([this](const Digest& digest, bool is_here) {
      told_ += (is_here ? "+" : "-") + digest.text() + " ";
    });
  }
  Digest put(const std::string& content) {
    const Descriptor descriptor = descriptor_of(content, "application/x-layer");
    EXPECT_TRUE(store_->put(descriptor, content, repository("a")));
    return descriptor.digest;
  }

  std::string told_;
};

TEST_F(WatcherTest, HearsOfEachBlobOnceWhenItIsWhole) {
  const Digest one = put("one");
  put("one");
  EXPECT_EQ(told_, "+" + one.text() + " ");
}

TEST_F(WatcherTest, HearsOfABlobWhoseFileIsGone) {
  const Digest one = put("one");
  close_store();
  open_store();
  watch();
  told_.clear();
  std::filesystem::remove(blob_path(one));
  EXPECT_EQ(code_of(store_->open_blob(one)), Errc::not_found);
  EXPECT_EQ(told_, "-" + one.text() + " ");
}

TEST_F(WatcherTest, HearsOfABlobThatBecameCorrupt) {
  const Digest one = put("one");
  told_.clear();
  flip_byte(blob_path(one), 0);
  EXPECT_EQ(code_of(store_->read_all(one, 100)), Errc::corrupt);
  EXPECT_EQ(told_, "-" + one.text() + " ");
  EXPECT_THAT(store_->complete_blobs(), IsEmpty());
}

TEST_F(WatcherTest, HearsOfABlobThatWasEvicted) {
  const Digest one = put("one");
  told_.clear();
  ASSERT_OK(store_->remove(one));
  EXPECT_EQ(told_, "-" + one.text() + " ");
}

TEST_F(WatcherTest, HearsOfAllWhereTheFolderIsRemoved) {
  const Digest one = put("one");
  told_.clear();
  std::filesystem::remove_all(folder());
  ASSERT_OK(store_->tidy());
  EXPECT_EQ(told_, "-" + one.text() + " ");
}

TEST_F(WatcherTest, CompleteBlobsAreThoseThatAreWhole) {
  EXPECT_THAT(store_->complete_blobs(), IsEmpty());
  const Digest one = put("one");
  const Digest two = put("two");
  ASSERT_TRUE(store_->create_blob(descriptor_of("three", "")).has_value());
  EXPECT_THAT(store_->complete_blobs(), UnorderedElementsAre(one, two));
}

}  // namespace
}  // namespace shoal::store
