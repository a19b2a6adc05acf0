#include "mirror/manifest_children.h"

#include <string>

#include <gtest/gtest.h>

#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

std::string digest_text(char fill) {
  return "sha256:" + std::string(64, fill);
}

std::string descriptor(char fill, const std::string& size, const std::string& type = "a/b") {
  return R"({"mediaType":")" + type + R"(","digest":")" + digest_text(fill) + R"(","size":)" +
         size + "}";
}

TEST(ManifestChildrenTest, ImageManifest) {
  const std::string content = R"({"schemaVersion":2,"mediaType":")" + std::string(kDockerManifest) +
                              R"(","config":)" + descriptor('a', "10", "c/d") + R"(,"layers":[)" +
                              descriptor('b', "20") + "," + descriptor('c', "30") +
                              R"(],"subject":)" + descriptor('d', "40") +
                              R"(,"annotations":{"digest":"x"}})";
  const auto outline = read_outline(content);
  ASSERT_TRUE(outline);
  EXPECT_EQ(outline->media_type, kDockerManifest);
  ASSERT_EQ(outline->children.size(), 4u);
  EXPECT_EQ(outline->children[0], Descriptor(*Digest::parse(digest_text('a')), 10, "c/d"));
  EXPECT_EQ(outline->children[1], Descriptor(*Digest::parse(digest_text('b')), 20, "a/b"));
  EXPECT_EQ(outline->children[2].size, 30u);
  EXPECT_EQ(outline->children[3].size, 40u);
}

TEST(ManifestChildrenTest, IndexWithPlatforms) {
  const std::string content =
      R"({"schemaVersion":2,"manifests":[{"platform":{"os":"linux","size":7,"digest":"no"},)" +
      descriptor('a', "5").substr(1) + "," + descriptor('b', "6") + "]}";
  const auto outline = read_outline(content);
  ASSERT_TRUE(outline);
  EXPECT_EQ(outline->media_type, kOciIndex);
  ASSERT_EQ(outline->children.size(), 2u);
  EXPECT_EQ(outline->children[0].size, 5u);
}

TEST(ManifestChildrenTest, ArtifactManifestAndShapeWithoutMediaType) {
  const auto artifact = read_outline(R"({"blobs":[)" + descriptor('a', "5") + "]}");
  ASSERT_TRUE(artifact);
  EXPECT_EQ(artifact->children.size(), 1u);
  EXPECT_EQ(artifact->media_type, "");
  EXPECT_EQ(read_outline(R"({"layers":[]})")->media_type, kOciManifest);
}

TEST(ManifestChildrenTest, SchemaOneHasNoChildren) {
  const auto outline =
      read_outline(R"({"schemaVersion":1,"name":"x","fsLayers":[{"blobSum":"sha256:00"}],)"
                   R"("history":[{"v1Compatibility":"{}"}],"signatures":[]})");
  ASSERT_TRUE(outline);
  EXPECT_TRUE(outline->children.empty());
}

TEST(ManifestChildrenTest, UnusableDescriptorsAreLeftOut) {
  const std::string too_large = std::to_string(kBlobBytesMax + 1);
  const std::string good = descriptor('a', "0");
  const std::string content =
      R"({"layers":[)" + descriptor('b', "-1") + "," + descriptor('b', "1.5") + "," +
      descriptor('b', "\"7\"") + "," + descriptor('b', too_large) + "," +
      descriptor('b', "18446744073709551616") + R"(,7,null,"x",[],{},{"digest":5,"size":5},)" +
      R"({"digest":"sha256:short","size":5},{"digest":")" + digest_text('b') + R"("},)" + good +
      R"(],"config":"no","subject":[1],"manifests":{"a":1}})";
  const auto outline = read_outline(content);
  ASSERT_TRUE(outline);
  ASSERT_EQ(outline->children.size(), 1u);
  EXPECT_EQ(outline->children[0].size, 0u);
}

TEST(ManifestChildrenTest, MediaTypesThatCouldBreakAHeaderAreDropped) {
  const auto outline = read_outline(R"({"mediaType":"a/b\r\nX: y","config":)" +
                                    descriptor('a', "1", R"(a/b\nc)") + "}");
  ASSERT_TRUE(outline);
  EXPECT_EQ(outline->media_type, "");
  ASSERT_EQ(outline->children.size(), 1u);
  EXPECT_EQ(outline->children[0].media_type, "");
}

TEST(ManifestChildrenTest, NotAJsonObject) {
  for (const char* content :
       {"", "{", "[]", "null", "7", "\"x\"", "{\"a\":\"\xff\"}", "{}{}", "\x1f\x8b"}) {
    const auto outline = read_outline(content);
    ASSERT_FALSE(outline) << content;
    EXPECT_EQ(outline.error().code, Errc::protocol);
  }
  EXPECT_TRUE(read_outline("{}"));
}

TEST(ManifestChildrenTest, DeepNestingIsRefused) {
  const int depth = 1'000'000;
  const std::string open(depth, '[');
  const std::string close(depth, ']');
  for (const std::string& key : {std::string("layers"), std::string("other")}) {
    const auto outline = read_outline("{\"" + key + "\":" + open + close + "}");
    ASSERT_FALSE(outline);
    EXPECT_EQ(outline.error().code, Errc::protocol);
  }
  EXPECT_TRUE(read_outline(R"({"other":[[[[[[[[[[[[]]]]]]]]]]]]})"));
}

std::string manifest_with_layers(std::size_t count) {
  std::string content = R"({"config":)" + descriptor('c', "1") + R"(,"layers":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) content += ',';
    content += descriptor('a', std::to_string(i));
  }
  return content + "]}";
}

TEST(ManifestChildrenTest, CountOfChildrenIsLimited) {
  const auto most = read_outline(manifest_with_layers(kManifestChildrenMax - 1));
  ASSERT_TRUE(most);
  EXPECT_EQ(most->children.size(), kManifestChildrenMax);
  const auto over = read_outline(manifest_with_layers(kManifestChildrenMax));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::protocol);
}

TEST(ManifestChildrenTest, ListsOfRubbishLeaveNothing) {
  std::string content = R"({"layers":[0)";
  for (std::size_t i = 0; i < 2 * kManifestChildrenMax; ++i) content += ",0";
  const auto outline = read_outline(content + "]}");
  ASSERT_TRUE(outline);
  EXPECT_TRUE(outline->children.empty());
}

TEST(ManifestChildrenTest, DescriptorsInOtherPlacesAreNotChildren) {
  const std::string one = descriptor('a', "1");
  const auto outline = read_outline(R"({"config":[)" + one + R"(],"layers":[[)" + one +
                                    R"(],{"more":)" + one + R"(}],"blobs":)" + one +
                                    R"(,"other":[)" + one + "],\"annotations\":" + one + "}");
  ASSERT_TRUE(outline);
  EXPECT_TRUE(outline->children.empty());
}

}  // namespace
}  // namespace shoal::mirror
