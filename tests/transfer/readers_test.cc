#include "transfer/readers.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::transfer {
namespace {

TEST(ReadersTest, EachReadersFirstPieceComesBeforeAnyReadersSecond) {
  const store::PieceLayout layout(10 * 128 * kKiB);
  std::vector<bool> have(10);
  have[1] = true;
  Readers readers;
  readers.wait_at(0);
  readers.wait_at(5 * 128 * kKiB + 7);
  EXPECT_EQ(readers.urgent(layout, have), (p2p::Pieces{0, 5, 6, 2, 7}));
}

TEST(ReadersTest, TwoReadersOfOnePieceWantItOnce) {
  const store::PieceLayout layout(2 * 128 * kKiB);
  Readers readers;
  const auto place = readers.wait_at(1);
  readers.wait_at(2);
  EXPECT_EQ(readers.urgent(layout, std::vector<bool>(2)), (p2p::Pieces{0, 1}));
  readers.done(place);
  EXPECT_TRUE(readers.any());
}

TEST(ReadersTest, NobodyWaitsForAnythingPastTheEnd) {
  const store::PieceLayout layout(128 * kKiB);
  Readers readers;
  readers.wait_at(10);
  EXPECT_EQ(readers.urgent(layout, std::vector<bool>(1)), (p2p::Pieces{0}));
}

}  // namespace
}  // namespace shoal::transfer
