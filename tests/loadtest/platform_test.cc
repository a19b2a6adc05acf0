#include "loadtest/platform.h"

#include <gtest/gtest.h>

namespace shoal::loadtest {
namespace {

TEST(PlatformTest, VariantIsOptional) {
  const auto plain = Platform::parse("linux/amd64");
  const auto variant = Platform::parse("linux/arm/v6");
  ASSERT_TRUE(plain && variant);
  EXPECT_EQ(plain->text(), "linux/amd64");
  EXPECT_EQ(variant->text(), "linux/arm/v6");
}

TEST(PlatformTest, ImpliedVariantsAreTheSameAsNone) {
  EXPECT_EQ(Platform("linux", "arm64", "v8"), Platform("linux", "arm64", ""));
  EXPECT_EQ(Platform("linux", "arm", "v7"), Platform("linux", "arm", ""));
  EXPECT_EQ(Platform("linux", "amd64", "v1"), Platform("linux", "amd64", ""));
  EXPECT_NE(Platform("linux", "arm", "v6"), Platform("linux", "arm", ""));
  EXPECT_NE(Platform("linux", "amd64", "v8"), Platform("linux", "amd64", ""));
}

TEST(PlatformTest, WrongShapesAreRefused) {
  for (const char* text : {"", "linux", "linux/", "/amd64", "linux//v8", "a/b/c/d"}) {
    const auto platform = Platform::parse(text);
    ASSERT_FALSE(platform) << text;
    EXPECT_EQ(platform.error().code, Errc::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace shoal::loadtest
