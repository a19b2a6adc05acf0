#include "mirror/media_type.h"

#include <gtest/gtest.h>

#include "mirror/index.h"

namespace shoal::mirror {
namespace {

TEST(MediaTypeTest, OnlyWhatCannotBreakAHeaderIsOne) {
  EXPECT_TRUE(is_media_type("application/json"));
  EXPECT_TRUE(is_media_type("application/json; charset=utf-8"));
  EXPECT_FALSE(is_media_type(""));
  EXPECT_FALSE(is_media_type("json"));
  EXPECT_FALSE(is_media_type("/json"));
  EXPECT_FALSE(is_media_type("application/"));
  EXPECT_FALSE(is_media_type(" a/b"));
  EXPECT_FALSE(is_media_type("a/b\r\nSet-Cookie: x"));
  EXPECT_FALSE(is_media_type("a/\xc3\xa9"));
  EXPECT_FALSE(is_media_type("a/" + std::string(300, 'b')));
}

TEST(MediaTypeTest, AcceptOfIndexes) {
  EXPECT_TRUE(accepts_index(""));
  EXPECT_TRUE(accepts_index("application/json, */*"));
  EXPECT_TRUE(accepts_index("application/vnd.oci.image.index.v1+json"));
  EXPECT_FALSE(accepts_index("application/vnd.docker.distribution.manifest.v2+json"));
}

TEST(MediaTypeTest, ServedTypeIsTheClaimedOneElseTheContents) {
  const std::string content = R"({"mediaType":"application/vnd.example+json"})";
  EXPECT_EQ(served_media_type("application/x", content), "application/x");
  EXPECT_EQ(served_media_type("", content), "application/vnd.example+json");
  EXPECT_EQ(served_media_type("a/b\r\nX: y", content), "application/vnd.example+json");
  EXPECT_EQ(served_media_type("application/octet-stream", content), "application/vnd.example+json");
  EXPECT_EQ(served_media_type("", R"({"manifests":[]})"), kOciIndex);
  EXPECT_EQ(served_media_type("", R"({"mediaType":"evil\r\nX: y"})"), kOciManifest);
  EXPECT_EQ(served_media_type("", "not JSON"), kOciManifest);
}

}  // namespace
}  // namespace shoal::mirror
