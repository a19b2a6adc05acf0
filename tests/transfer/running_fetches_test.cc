#include "transfer/running_fetches.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::transfer {
namespace {

using p2p::SwarmView;
using std::chrono::seconds;

constexpr p2p::Time kStart{};

TEST(RunningFetchesTest, SpeedIsThatOfTheLastRequests) {
  RunningFetches fetches;
  EXPECT_EQ(fetches.bytes_per_second(), 0U);
  auto first = fetches.start({1}, kStart);
  first->bytes = 4 * kMiB;
  fetches.end(first, kStart + seconds(2));
  EXPECT_EQ(fetches.bytes_per_second(), 2 * kMiB);
  auto second = fetches.start({2}, kStart);
  second->bytes = 8 * kMiB;
  fetches.end(second, kStart + seconds(2));
  EXPECT_EQ(fetches.bytes_per_second(), 3 * kMiB);
}

TEST(RunningFetchesTest, RequestWithoutBytesSaysNothingOfTheSpeed) {
  RunningFetches fetches;
  auto first = fetches.start({1}, kStart);
  first->bytes = kMiB;
  fetches.end(first, kStart + seconds(1));
  fetches.end(fetches.start({2}, kStart), kStart + seconds(9));
  EXPECT_EQ(fetches.bytes_per_second(), kMiB);
  EXPECT_EQ(fetches.count(), 0U);
}

TEST(RunningFetchesTest, ClaimIsSaidAgainAsLongAsBytesCome) {
  RunningFetches fetches;
  auto busy = fetches.start({1, 2}, kStart);
  fetches.start({7}, kStart);  // gets nothing
  busy->bytes = 5;
  EXPECT_TRUE(fetches.claims_due(kStart + seconds(1)).empty());
  const p2p::Time later = kStart + SwarmView::kClaimAgain;
  EXPECT_EQ(fetches.claims_due(later), (p2p::Pieces{1, 2}));
  EXPECT_TRUE(fetches.claims_due(later + SwarmView::kClaimAgain).empty()) << "no byte since";
}

}  // namespace
}  // namespace shoal::transfer
