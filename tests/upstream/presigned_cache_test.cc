#include "upstream/presigned_cache.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::upstream {
namespace {

using std::chrono::seconds;

const SteadyTime kNow = SteadyTime(seconds(100000));

Repository repository(const char* name) {
  return Repository(*RegistryName::parse("reg.test"), *RepositoryName::parse(name));
}

Digest digest(const std::string& text) {
  return hash_of(DigestAlgorithm::sha256, as_bytes(text));
}

PresignedCache::Place place(const std::string& path) {
  return PresignedCache::Place(*Url::parse("https://cdn.test" + path), AddressScope::private_net);
}

TEST(PresignedCacheTest, KeepsAPlaceForAMinute) {
  PresignedCache cache;
  cache.put(repository("a"), digest("x"), place("/1"), kNow);
  ASSERT_TRUE(cache.find(repository("a"), digest("x"), kNow + seconds(59)));
  EXPECT_EQ(cache.find(repository("a"), digest("x"), kNow)->limit, AddressScope::private_net);
  EXPECT_FALSE(cache.find(repository("b"), digest("x"), kNow));
  EXPECT_FALSE(cache.find(repository("a"), digest("y"), kNow));
  EXPECT_FALSE(cache.find(repository("a"), digest("x"), kNow + seconds(60)));
  EXPECT_EQ(cache.size(), 0U);
}

TEST(PresignedCacheTest, DropForgets) {
  PresignedCache cache;
  cache.put(repository("a"), digest("x"), place("/1"), kNow);
  cache.drop(repository("a"), digest("x"));
  EXPECT_FALSE(cache.find(repository("a"), digest("x"), kNow));
}

TEST(PresignedCacheTest, TheOldestMakesRoom) {
  PresignedCache cache;
  for (std::size_t i = 0; i <= PresignedCache::kEntriesMax; ++i) {
    cache.put(repository("a"), digest(std::to_string(i)), place("/1"),
              kNow + std::chrono::milliseconds(i));
  }
  EXPECT_EQ(cache.size(), PresignedCache::kEntriesMax);
  EXPECT_FALSE(cache.find(repository("a"), digest("0"), kNow));
  EXPECT_TRUE(cache.find(repository("a"), digest("1"), kNow));
}

}  // namespace
}  // namespace shoal::upstream
