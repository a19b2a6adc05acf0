#include "p2p/piece_window.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace shoal::p2p {
namespace {

// A blob of `count` pieces and a window of `size`.
struct Blob {
  Blob(std::uint32_t count, std::uint32_t size) : have(count), window(count, size) {}
  PieceWindow::Changes update(const Pieces& wanted = {}) {
    return window.update([this](std::uint32_t piece) { return !have[piece]; }, wanted);
  }
  std::vector<bool> have;
  PieceWindow window;
};

TEST(PieceWindowTest, HoldsTheFirstMissingPieces) {
  Blob blob(10, 3);
  blob.have[0] = blob.have[2] = true;
  const auto changes = blob.update();
  EXPECT_EQ(changes.entered, (Pieces{1, 3, 4}));
  EXPECT_TRUE(changes.left.empty());
  EXPECT_TRUE(blob.window.contains(1));
  EXPECT_FALSE(blob.window.contains(2));
  EXPECT_FALSE(blob.window.contains(5));
}

TEST(PieceWindowTest, NothingChangesWhereNothingCame) {
  Blob blob(10, 3);
  blob.update();
  const auto changes = blob.update();
  EXPECT_TRUE(changes.entered.empty());
  EXPECT_TRUE(changes.left.empty());
}

TEST(PieceWindowTest, APieceInItsMiddleMakesRoomForOneAtItsEnd) {
  Blob blob(10, 3);
  blob.update();
  blob.have[1] = true;
  const auto changes = blob.update();
  EXPECT_EQ(changes.entered, (Pieces{3}));
  EXPECT_EQ(changes.left, (Pieces{1}));
}

TEST(PieceWindowTest, WhatReadersWaitForIsInItWhereverItIs) {
  Blob blob(100, 2);
  blob.have[60] = true;
  EXPECT_EQ(blob.update({50, 60, 1}).entered, (Pieces{0, 1, 50}));
  const auto changes = blob.update({70});
  EXPECT_EQ(changes.entered, (Pieces{70}));
  EXPECT_EQ(changes.left, (Pieces{50}));
  EXPECT_TRUE(blob.window.contains(1));
}

TEST(PieceWindowTest, PiecesThatTheBlobDoesNotHaveAreNotAskedFor) {
  Blob blob(4, 2);
  EXPECT_EQ(blob.update({4, 4000000000U}).entered, (Pieces{0, 1}));
}

TEST(PieceWindowTest, IsEmptyAtTheEnd) {
  Blob blob(3, 2);
  blob.update();
  blob.have.assign(3, true);
  const auto changes = blob.update({2});
  EXPECT_TRUE(changes.entered.empty());
  EXPECT_EQ(changes.left, (Pieces{0, 1}));
  EXPECT_FALSE(blob.window.contains(0));
}

TEST(PieceWindowTest, StartsOverWherePiecesWereLost) {
  Blob blob(5, 2);
  blob.have.assign(5, true);
  blob.update();
  blob.have[1] = false;
  EXPECT_TRUE(blob.update().entered.empty());
  blob.window.start_over();
  EXPECT_EQ(blob.update().entered, (Pieces{1}));
}

TEST(PieceWindowTest, EveryPieceIsInItAtSomeTime) {
  Blob blob(50, 4);
  std::set<std::uint32_t> seen;
  for (std::uint32_t step = 0; step < 50; ++step) {
    for (const std::uint32_t piece : blob.update().entered) seen.insert(piece);
    // The last of those that are in it, so that its front stays behind as long as it can.
    std::uint32_t last = 0;
    for (std::uint32_t piece = 0; piece < 50; ++piece) {
      if (blob.window.contains(piece)) last = piece;
    }
    blob.have[last] = true;
  }
  EXPECT_EQ(seen.size(), 50U);
}

}  // namespace
}  // namespace shoal::p2p
