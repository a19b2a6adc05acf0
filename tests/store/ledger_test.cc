#include "store/ledger.h"

#include <gtest/gtest.h>

#include "store/store_fixture.h"

namespace shoal::store {
namespace {

using namespace std::chrono_literals;

SystemTime at(int second) {
  return SystemTime(std::chrono::seconds(second));
}

Digest digest(int number) {
  return descriptor_of(std::to_string(number)).digest;
}

Ledger::Blob blob(int second, std::uint64_t bytes = 4096) {
  return Ledger::Blob{true, bytes, bytes, at(second)};
}

class LedgerTest : public ::testing::Test {
 protected:
  // The next to go, which is then gone.
  std::optional<Digest> next() {
    const auto oldest = ledger_.take_oldest(SystemTime::max());
    if (!oldest) return std::nullopt;
    ledger_.remove(oldest->first);
    return oldest->first;
  }
  Metrics metrics_;
  Ledger ledger_{metrics_};
};

TEST_F(LedgerTest, WhatWasLoadedGoesInTheOrderOfUse) {
  ledger_.load(digest(1), blob(30));
  ledger_.load(digest(2), blob(10));
  ledger_.load(digest(3), blob(20));
  ledger_.settle();
  EXPECT_EQ(next(), digest(2));
  EXPECT_EQ(next(), digest(3));
  EXPECT_EQ(next(), digest(1));
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(ledger_.holdings().occupied, 0U);
}

TEST_F(LedgerTest, UseMovesABlobToTheFront) {
  for (int i = 1; i <= 3; ++i) ledger_.put(digest(i), blob(i));
  ledger_.used(digest(1), at(9));
  EXPECT_EQ(next(), digest(2));
  EXPECT_EQ(next(), digest(3));
  EXPECT_EQ(next(), digest(1));
}

TEST_F(LedgerTest, OnlyWhatIsOldEnoughIsTaken) {
  ledger_.put(digest(1), blob(10));
  EXPECT_FALSE(ledger_.take_oldest(at(10)));
  EXPECT_TRUE(ledger_.take_oldest(at(11)));
  EXPECT_FALSE(ledger_.take_oldest(at(11))) << "it is taken";
  ledger_.give_back(digest(1), at(12));
  EXPECT_FALSE(ledger_.take_oldest(at(12)));
  EXPECT_TRUE(ledger_.take_oldest(at(13)));
}

TEST_F(LedgerTest, WhatIsOpenIsNotInTheQueue) {
  ledger_.put(digest(1), blob(1));
  const auto first = ledger_.opened(digest(1));
  const auto second = ledger_.opened(digest(1));
  EXPECT_EQ(ledger_.holdings().evictable, 0U);
  ledger_.closed(digest(1), first, 0, at(2));
  EXPECT_EQ(next(), std::nullopt);
  ledger_.closed(digest(1), second, 0, at(3));
  EXPECT_EQ(ledger_.holdings().evictable, 4096U);
  EXPECT_EQ(ledger_.find(digest(1))->used_at, at(3)) << "it was in use until then";
  EXPECT_EQ(next(), digest(1));
}

TEST_F(LedgerTest, APartTakesAllOfItsRoomWhileOpenAndThenWhatIsThere) {
  ledger_.put(digest(1), Ledger::Blob{false, 100'000, 102'400, at(1)});
  const auto opening = ledger_.opened(digest(1));
  EXPECT_EQ(ledger_.holdings().occupied, 102'400U);
  EXPECT_EQ(ledger_.stats().partial_blobs, 1U);
  ledger_.closed(digest(1), opening, 8192, at(2));
  EXPECT_EQ(ledger_.holdings().occupied, 8192U);
  EXPECT_EQ(ledger_.holdings().evictable, 8192U);
  EXPECT_EQ(ledger_.find(digest(1))->size, 100'000U);
}

TEST_F(LedgerTest, ClosingABlobThatWasReplacedChangesNothing) {
  ledger_.put(digest(1), blob(1));
  const auto old = ledger_.opened(digest(1));
  ledger_.remove(digest(1));
  ledger_.put(digest(1), blob(2));
  const auto opening = ledger_.opened(digest(1));
  ledger_.closed(digest(1), old, 0, at(3));
  EXPECT_TRUE(ledger_.find(digest(1))->is_open);
  ledger_.closed(digest(1), opening, 0, at(4));
  EXPECT_FALSE(ledger_.find(digest(1))->is_open);
}

TEST_F(LedgerTest, PinnedBlobsStayUntilTheLastPinIsGone) {
  ledger_.pin(digest(1));
  ledger_.put(digest(1), blob(1));
  ledger_.put(digest(2), blob(2));
  ledger_.pin(digest(2));
  ledger_.pin(digest(2));
  EXPECT_EQ(next(), std::nullopt);
  ledger_.unpin(digest(2));
  EXPECT_EQ(next(), std::nullopt);
  ledger_.unpin(digest(2));
  EXPECT_EQ(next(), digest(2));
  ledger_.unpin(digest(1));
  ledger_.unpin(digest(1));
  EXPECT_EQ(next(), digest(1));
}

TEST_F(LedgerTest, WhatBecomesCompleteIsCountedAsThat) {
  ledger_.put(digest(1), Ledger::Blob{false, 10, 4096, at(1)});
  ledger_.put(digest(1), Ledger::Blob{true, 10, 4096, at(2)});
  const StoreStats stats = ledger_.stats();
  EXPECT_EQ(stats.blobs, 1U);
  EXPECT_EQ(stats.blob_bytes, 10U);
  EXPECT_EQ(stats.partial_blobs, 0U);
  EXPECT_EQ(metrics_.store_blobs.Value(), 1);
  EXPECT_EQ(metrics_.store_occupied_bytes.Value(), 4096);
}

TEST_F(LedgerTest, UsesAreGivenOutOnceAndOnlyOfCompleteBlobs) {
  ledger_.put(digest(1), blob(1));
  ledger_.put(digest(2), Ledger::Blob{false, 10, 4096, at(1)});
  EXPECT_TRUE(ledger_.take_used().empty()) << "put is written by who calls it";
  for (const int i : {1, 1, 2, 3}) ledger_.used(digest(i), at(5));
  const auto used = ledger_.take_used();
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].first, digest(1));
  EXPECT_EQ(used[0].second.used_at, at(5));
  EXPECT_TRUE(ledger_.take_used().empty());
  ledger_.used(digest(1), at(6));
  ledger_.remove(digest(1));
  EXPECT_TRUE(ledger_.take_used().empty());
}

TEST_F(LedgerTest, AListComesInParts) {
  for (int i = 0; i < 10; ++i) ledger_.put(digest(i), blob(i));
  std::optional<Digest> after;
  std::vector<Digest> seen;
  for (auto part = ledger_.list(after, 3); !part.empty(); part = ledger_.list(after, 3)) {
    EXPECT_LE(part.size(), 3U);
    for (const Held& held : part) seen.push_back(held.digest);
    after = seen.back();
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

}  // namespace
}  // namespace shoal::store
