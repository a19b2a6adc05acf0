#include "mirror/referrers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace shoal::mirror {
namespace {

TEST(ReferrersTest, TheFallbackTagIsCutTo64Digits) {
  const Digest short_one = hash_of(DigestAlgorithm::sha256, {});
  const Digest long_one = hash_of(DigestAlgorithm::sha512, {});
  EXPECT_EQ(referrers_tag(short_one).text(), "sha256-" + std::string(short_one.hex()));
  EXPECT_EQ(referrers_tag(long_one).text(), "sha512-" + std::string(long_one.hex().substr(0, 64)));
}

TEST(ReferrersTest, TheListOfNoneIsAnIndex) {
  const auto json = nlohmann::json::parse(no_referrers());
  EXPECT_EQ(json["schemaVersion"], 2);
  EXPECT_EQ(json["mediaType"], "application/vnd.oci.image.index.v1+json");
  EXPECT_TRUE(json["manifests"].empty());
  EXPECT_TRUE(filter_referrers(no_referrers(), "any"));
}

TEST(ReferrersTest, HostileIndexes) {
  const std::string deep(100'000, '[');
  for (const std::string& index :
       {std::string(""), std::string("[]"), std::string("{}"), std::string(R"({"manifests":{}})"),
        std::string("<html>"), R"({"manifests":)" + deep, std::string("{\"manifests\":[]")}) {
    const auto filtered = filter_referrers(index, "x");
    ASSERT_FALSE(filtered) << index.substr(0, 40);
    EXPECT_EQ(filtered.error().code, Errc::protocol);
  }
}

TEST(ReferrersTest, WhatIsNoDescriptorIsFilteredOut) {
  const auto filtered = filter_referrers(
      R"({"manifests":[1,null,"x",{"artifactType":7},{"artifactType":"x"}]})", "x");
  ASSERT_TRUE(filtered);
  EXPECT_EQ(*filtered, R"({"manifests":[{"artifactType":"x"}]})");
}

}  // namespace
}  // namespace shoal::mirror
