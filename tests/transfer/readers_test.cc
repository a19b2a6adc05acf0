#include "transfer/readers.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal::transfer {
namespace {

constexpr p2p::Time kNow{};

p2p::Pieces urgent(const Readers& readers, const store::PieceLayout& layout,
                   const std::vector<bool>& have) {
  p2p::Pieces out;
  for (const p2p::UrgentPiece& one : readers.urgent(layout, have)) out.push_back(one.piece);
  return out;
}

TEST(ReadersTest, EachReadersFirstPieceComesBeforeAnyReadersSecond) {
  const store::PieceLayout layout(10 * 128 * kKiB);
  std::vector<bool> have(10);
  have[1] = true;
  Readers readers;
  readers.wait_at(0, kNow);
  readers.wait_at(5 * 128 * kKiB + 7, kNow);
  EXPECT_EQ(urgent(readers, layout, have), (p2p::Pieces{0, 5, 6, 2, 7}));
}

TEST(ReadersTest, TwoReadersOfOnePieceWantItOnce) {
  const store::PieceLayout layout(2 * 128 * kKiB);
  Readers readers;
  const auto place = readers.wait_at(1, kNow);
  readers.wait_at(2, kNow);
  EXPECT_EQ(urgent(readers, layout, std::vector<bool>(2)), (p2p::Pieces{0, 1}));
  readers.done(place);
  EXPECT_EQ(urgent(readers, layout, std::vector<bool>(2)), (p2p::Pieces{0, 1}));
}

TEST(ReadersTest, PieceIsUrgentSinceTheFirstBeganToWaitForIt) {
  const store::PieceLayout layout(2 * 128 * kKiB);
  Readers readers;
  readers.wait_at(1, kNow);
  readers.wait_at(2, kNow + std::chrono::seconds(5));
  EXPECT_EQ(readers.urgent(layout, std::vector<bool>(2)).front().since, kNow);
}

TEST(ReadersTest, NobodyWaitsForAnythingPastTheEnd) {
  const store::PieceLayout layout(128 * kKiB);
  Readers readers;
  readers.wait_at(10, kNow);
  EXPECT_EQ(urgent(readers, layout, std::vector<bool>(1)), (p2p::Pieces{0}));
}

}  // namespace
}  // namespace shoal::transfer
