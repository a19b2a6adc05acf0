#include "loadtest/ordered_hasher.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::loadtest {
namespace {

SteadyTime far_away() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

TEST(OrderedHasherTest, ChunksOutOfOrderAreHashedInOrder) {
  OrderedHasher hasher(DigestAlgorithm::sha256, far_away());
  Result<void> later = fail(Errc::internal, "it was not called");
  {
    const std::jthread other([&] { later = hasher.add(1, as_bytes("world")); });
    EXPECT_TRUE(hasher.add(0, as_bytes("hello ")));
  }
  EXPECT_TRUE(later);
  EXPECT_EQ(hasher.finish(), hash_of(DigestAlgorithm::sha256, as_bytes("hello world")));
}

TEST(OrderedHasherTest, StopReleasesWhoWaits) {
  OrderedHasher hasher(DigestAlgorithm::sha256, far_away());
  Result<void> waiting;
  {
    const std::jthread other([&] { waiting = hasher.add(1, as_bytes("world")); });
    hasher.stop();
  }
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, Errc::canceled);
}

TEST(OrderedHasherTest, MissingChunkEndsTheWaitAtTheDeadline) {
  OrderedHasher hasher(DigestAlgorithm::sha256, std::chrono::steady_clock::now());
  const auto added = hasher.add(1, as_bytes("world"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::timeout);
}

}  // namespace
}  // namespace shoal::loadtest
