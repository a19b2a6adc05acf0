#include "loadtest/image_reference.h"

#include <string>

#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ImageReferenceTest, WithoutTagMeansLatest) {
  const auto image = parse_image_reference("library/python");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->repository.text(), "library/python");
  EXPECT_EQ(image->text(), "library/python:latest");
}

TEST(ImageReferenceTest, TagIsKept) {
  const auto image = parse_image_reference("python:3.12-slim");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->text(), "python:3.12-slim");
}

TEST(ImageReferenceTest, DigestIsKept) {
  const auto image = parse_image_reference("python@" + kDigest);
  ASSERT_TRUE(image);
  EXPECT_TRUE(std::holds_alternative<Digest>(image->reference));
  EXPECT_EQ(image->text(), "python@" + kDigest);
}

TEST(ImageReferenceTest, DigestDecidesWhereBothAreGiven) {
  const auto image = parse_image_reference("python:3.12@" + kDigest);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->text(), "python@" + kDigest);
}

TEST(ImageReferenceTest, WrongPartsAreRefused) {
  for (const std::string text : {"", ":1.0", "@", "Python", "a//b", "python:", "python:a b",
                                 "python@", "python@sha256:abc", "python:-x@sha256:abc"}) {
    const auto image = parse_image_reference(text);
    ASSERT_FALSE(image) << text;
    EXPECT_EQ(image.error().code, Errc::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace shoal::loadtest
