#include "loadtest/image_manifest.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

using testing::HasSubstr;

std::string digest(char digit) {
  return "sha256:" + std::string(64, digit);
}

std::string descriptor(char digit, const std::string& more = "") {
  return R"({"digest": ")" + digest(digit) + R"(", "size": 7)" + more + "}";
}

std::string manifest(const std::string& layers) {
  return R"({"schemaVersion": 2, "config": )" + descriptor('c') + R"(, "layers": [)" + layers +
         "]}";
}

std::string index_of(const std::string& entries) {
  return R"({"schemaVersion": 2, "manifests": [)" + entries + "]}";
}

std::string entry(char digit, const std::string& architecture, const std::string& variant = "") {
  return descriptor(digit, R"(, "platform": {"os": "linux", "architecture": ")" + architecture +
                               R"(", "variant": ")" + variant + R"("})");
}

ImageIndex parsed_index(const std::string& text) {
  const auto document = parse_image_document(text);
  return std::get<ImageIndex>(document.value());
}

Error error_of(const std::string& text) {
  const auto document = parse_image_document(text);
  return document ? Error(Errc::internal, "it was accepted") : document.error();
}

TEST(ImageManifestTest, ConfigComesFirstThenLayersInOrder) {
  const auto document = parse_image_document(
      manifest(descriptor('b', R"(, "mediaType": "x/y")") + "," + descriptor('a')));
  ASSERT_TRUE(document) << document.error().message;
  const auto& blobs = std::get<ImageManifest>(*document).blobs;
  ASSERT_EQ(blobs.size(), 3U);
  EXPECT_EQ(blobs[0].digest.text(), digest('c'));
  EXPECT_EQ(blobs[1].digest.text(), digest('b'));
  EXPECT_EQ(blobs[1].media_type, "x/y");
  EXPECT_EQ(blobs[1].size, 7U);
  EXPECT_EQ(blobs[2].digest.text(), digest('a'));
}

TEST(ImageManifestTest, LayerThatOccursTwiceIsOneBlob) {
  const auto document = parse_image_document(manifest(descriptor('a') + "," + descriptor('a')));
  ASSERT_TRUE(document);
  EXPECT_EQ(std::get<ImageManifest>(*document).blobs.size(), 2U);
}

TEST(ImageManifestTest, WhatIsNoManifestIsRefused) {
  const std::string deep = R"({"config": )" + std::string(100, '[') + std::string(100, ']') + "}";
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"),
                                  std::string("{}"), deep, std::string(R"({"manifests": 7})")}) {
    EXPECT_EQ(error_of(text).code, Errc::protocol) << text;
  }
}

TEST(ImageManifestTest, IndexAndImageInOneIsRefused) {
  const auto error = error_of(R"({"manifests": [], "config": {}, "layers": []})");
  EXPECT_EQ(error.code, Errc::protocol);
  EXPECT_THAT(error.message, HasSubstr("both"));
}

TEST(ImageManifestTest, WrongDescriptorsAreRefused) {
  const std::string name = R"({"digest": ")" + digest('a') + "\"";
  for (const std::string& layer :
       {std::string("7"), std::string("{}"), std::string(R"({"digest": "md5:1", "size": 1})"),
        name + "}", name + R"(, "size": -1})", name + R"(, "size": "1"})"}) {
    EXPECT_EQ(error_of(manifest(layer)).code, Errc::protocol) << layer;
  }
}

TEST(ImageManifestTest, WhatIsTooLargeIsRefused) {
  const std::string huge = R"({"digest": ")" + digest('a') + R"(", "size": 4398046511105})";
  EXPECT_EQ(error_of(manifest(huge)).code, Errc::too_large);
  EXPECT_EQ(error_of(std::string(kManifestBytesMax + 1, ' ')).code, Errc::too_large);
  std::string layers = descriptor('a');
  for (int number = 0; number < 1000; ++number) layers += "," + descriptor('a');
  EXPECT_EQ(error_of(manifest(layers)).code, Errc::too_large);
}

TEST(ChoosePlatformTest, FirstEntryOfThePlatformIsChosen) {
  const ImageIndex index =
      parsed_index(index_of(descriptor('0') + "," + entry('1', "arm64", "v8") + "," +
                            entry('2', "amd64") + "," + entry('3', "amd64")));
  const auto amd64 = choose_platform(index, Platform("linux", "amd64", ""));
  const auto arm64 = choose_platform(index, Platform("linux", "arm64", ""));
  ASSERT_TRUE(amd64 && arm64);
  EXPECT_EQ(amd64->digest.text(), digest('2'));
  EXPECT_EQ(arm64->digest.text(), digest('1'));
}

TEST(ChoosePlatformTest, MissingPlatformNamesThoseThereAre) {
  const ImageIndex index = parsed_index(index_of(descriptor('0') + "," + entry('1', "arm", "v6")));
  const auto chosen = choose_platform(index, Platform("linux", "arm", ""));
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::not_found);
  EXPECT_THAT(chosen.error().message, HasSubstr("linux/arm, only for (unsaid), linux/arm/v6"));
}

TEST(ChoosePlatformTest, EmptyIndexHasNone) {
  const auto chosen = choose_platform(parsed_index(index_of("")), Platform("linux", "amd64", ""));
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::not_found);
}

}  // namespace
}  // namespace shoal::loadtest
