#include "inventory/inventory.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "inventory/inventory_fixture.h"

namespace shoal::inventory {
namespace {

using store::code_of;

class InventoryTest : public InventoryFixture {
 protected:
  InventoryTest() {
    const Descriptor manifest = put_manifest({shared_, own_});
    // Of another platform, which nobody pulled.
    const Descriptor absent = store::descriptor_of("not here", kManifest);
    tag("app:1", put_index({manifest, absent}));
    tag("other:1", put_manifest({shared_}));
  }
  bool is_evictable(const Descriptor& descriptor) {
    EXPECT_OK(store_->collect(true));
    return !store_->find(descriptor.digest);
  }
  const Descriptor shared_ = put("shared layer", kLayer);
  const Descriptor own_ = put("own layer", kLayer);
  Inventory inventory_{*store_};
};

TEST_F(InventoryTest, ImagesAreTagsAndWhatTheyName) {
  const auto images = inventory_.images();
  ASSERT_OK(images);
  ASSERT_EQ(images->size(), 2U);
  const Image& app = (*images)[0];
  EXPECT_EQ(app.name, "docker.io/library/app:1");
  EXPECT_EQ(app.blobs, 5U) << "index, manifest, config, two layers";
  EXPECT_EQ(app.named, 6U);
  EXPECT_FALSE(app.is_pinned);
  EXPECT_GT(app.bytes, shared_.size + own_.size);
  EXPECT_EQ((*images)[1].name, "docker.io/library/other:1");
}

TEST_F(InventoryTest, ATagWhoseManifestIsGoneIsNoImage) {
  tag("gone:1", store::descriptor_of("gone", kManifest));
  EXPECT_EQ(inventory_.images()->size(), 2U);
}

TEST_F(InventoryTest, AManifestThatIsNotUnderstoodIsAnImageOfItself) {
  tag("odd:1", put("not json", kManifest));
  const auto images = inventory_.images();
  ASSERT_EQ(images->size(), 3U);
  EXPECT_EQ((*images)[1].named, 1U);
}

TEST_F(InventoryTest, ListingIsNoUse) {
  const auto before = store_->find(own_.digest)->used_at;
  ASSERT_OK(inventory_.images());
  ASSERT_EQ(inventory_.blobs(std::nullopt, 100).size(), 6U);
  EXPECT_EQ(store_->find(own_.digest)->used_at, before);
}

TEST_F(InventoryTest, BlobsComeWithWhatIsKnownOfThem) {
  const auto blobs = inventory_.blobs(std::nullopt, 100);
  const auto found = std::find_if(blobs.begin(), blobs.end(), [&](const Blob& blob) {
    return blob.held.digest == own_.digest;
  });
  ASSERT_NE(found, blobs.end());
  EXPECT_EQ(found->media_type, kLayer);
  EXPECT_EQ(found->source, "docker.io/team/app");
  EXPECT_EQ(found->held.size, own_.size);
  EXPECT_EQ(inventory_.blobs(found->held.digest, 1).size(), found + 1 == blobs.end() ? 0U : 1U);
}

TEST_F(InventoryTest, APinnedImageStaysWithAllItNamesAndTheRestGoes) {
  const auto pinned = inventory_.pin(name("other:1"));
  ASSERT_OK(pinned);
  EXPECT_EQ(pinned->blobs, 3U);
  EXPECT_TRUE(is_evictable(own_));
  EXPECT_FALSE(is_evictable(shared_));
  EXPECT_TRUE(inventory_.images()->front().is_pinned);
  EXPECT_EQ(inventory_.images()->size(), 1U);
  close_store();
  open_store();
  EXPECT_FALSE(is_evictable(shared_)) << "after a restart too";
  Inventory again(*store_);
  ASSERT_OK(again.unpin(name("other:1")));
  EXPECT_TRUE(is_evictable(shared_));
  EXPECT_EQ(code_of(again.unpin(name("other:1"))), Errc::not_found);
}

TEST_F(InventoryTest, WhatIsPinnedBeforeItComesStaysToo) {
  const std::string late = "not here";
  ASSERT_OK(inventory_.pin(name("app:1")));
  put(late, kManifest);
  EXPECT_FALSE(is_evictable(store::descriptor_of(late)));
}

TEST_F(InventoryTest, APinByDigestNeedsNoTag) {
  const Descriptor manifest = put_manifest({});
  const auto by_digest = name("app@" + manifest.digest.text());
  ASSERT_OK(inventory_.pin(by_digest));
  EXPECT_FALSE(is_evictable(manifest));
  EXPECT_EQ(inventory_.images()->front().name, by_digest.text());
}

TEST_F(InventoryTest, AnImageThatIsNotHereCannotBePinned) {
  for (const char* image : {"nothing:1", "app:2"}) {
    const auto pinned = inventory_.pin(name(image));
    ASSERT_EQ(code_of(pinned), Errc::not_found) << image;
    EXPECT_NE(pinned.error().message.find("pull it first"), std::string::npos);
  }
  tag("gone:1", store::descriptor_of("gone", kManifest));
  EXPECT_EQ(code_of(inventory_.pin(name("gone:1"))), Errc::not_found);
}

TEST_F(InventoryTest, WhatGoesWithAnImageIsWhatNoOtherNames) {
  const auto only = inventory_.only_of(name("app:1"));
  ASSERT_OK(only);
  EXPECT_EQ(only->size(), 3U) << "index, manifest, own layer; config and shared layer stay";
  EXPECT_EQ(std::count(only->begin(), only->end(), shared_.digest), 0);
  EXPECT_EQ(std::count(only->begin(), only->end(), own_.digest), 1);
  EXPECT_EQ(code_of(inventory_.only_of(name("nothing"))), Errc::not_found);
  ASSERT_OK(inventory_.pin(name("app:1")));
  EXPECT_EQ(code_of(inventory_.only_of(name("app:1"))), Errc::denied);
}

TEST_F(InventoryTest, AForgottenTagIsNoImage) {
  ASSERT_OK(inventory_.forget(name("app:1")));
  ASSERT_OK(inventory_.forget(name("app:1")));
  EXPECT_EQ(inventory_.images()->size(), 1U);
}

TEST_F(InventoryTest, PinsHaveLimits) {
  EXPECT_EQ(code_of(store_->pin("", {own_.digest})), Errc::invalid_argument);
  EXPECT_EQ(code_of(store_->pin(std::string(513, 'x'), {own_.digest})), Errc::invalid_argument);
  ASSERT_OK(store_->pin("one", {own_.digest, shared_.digest}));
  ASSERT_OK(store_->pin("one", {shared_.digest}));
  EXPECT_EQ(store_->pins().size(), 1U);
  EXPECT_TRUE(is_evictable(own_)) << "replaced";
}

}  // namespace
}  // namespace shoal::inventory
