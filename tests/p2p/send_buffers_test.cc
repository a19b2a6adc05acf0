#include "p2p/send_buffers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace shoal::p2p {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kBlock = 16;

class SendBuffersTest : public testing::Test {
 protected:
  // Takes a block for the blob; `name` goes into `served_` when it has it.
  void take(const std::shared_ptr<SendBuffers::Line>& line, const std::string& name) {
    buffers_.take(line, kBlock, [this, name](SendBuffers::Buffer buffer) {
      served_.push_back(buffer ? name : name + " nothing");
      if (buffer) held_.push_back(std::move(buffer));
    });
  }
  // Gives the oldest block back and lets those who wait have it.
  void give_one_back() {
    buffers_.give_back(std::move(held_.front()));
    held_.erase(held_.begin());
    io_.restart();
    io_.run();
  }
  std::vector<std::string> served() { return std::exchange(served_, {}); }

  const std::shared_ptr<SendBuffers::Line> one_ = std::make_shared<SendBuffers::Line>();
  const std::shared_ptr<SendBuffers::Line> two_ = std::make_shared<SendBuffers::Line>();
  boost::asio::io_context io_;
  int waits_ = 0;
  SendBuffers buffers_{io_.get_executor(), MemoryLimits{4 * kBlock, 3 * kBlock},
                       [this] { ++waits_; }};
  std::vector<SendBuffers::Buffer> held_;
  std::vector<std::string> served_;
};

TEST_F(SendBuffersTest, OneBlobWaitsAtItsLimitWhileAnotherIsServed) {
  for (const char* name : {"1a", "1b", "1c", "1d"}) take(one_, name);
  EXPECT_THAT(served(), ElementsAre("1a", "1b", "1c"));
  EXPECT_EQ(waits_, 1);
  take(two_, "2a");
  EXPECT_THAT(served(), ElementsAre("2a"));
  EXPECT_EQ(buffers_.used(), 4 * kBlock);
  give_one_back();
  EXPECT_THAT(served(), ElementsAre("1d"));
  EXPECT_EQ(buffers_.used(), 4 * kBlock);
}

TEST_F(SendBuffersTest, WhatComesBackIsLentAgain) {
  for (const char* name : {"1a", "1b"}) take(one_, name);
  const char* const last = held_.back().get();
  buffers_.give_back(std::move(held_.back()));
  held_.pop_back();
  take(two_, "2a");
  EXPECT_EQ(held_.back().get(), last);
}

TEST_F(SendBuffersTest, ABufferOfAnotherSizeIsNotLentForOneThatIsLarger) {
  buffers_.take(one_, 1,
                [this](SendBuffers::Buffer buffer) { held_.push_back(std::move(buffer)); });
  give_one_back();
  take(one_, "1a");
  // The address sanitizer watches over this.
  std::fill_n(held_.back().get(), kBlock + SendBuffers::kTailRoom, 'x');
  EXPECT_EQ(buffers_.used(), kBlock);
}

TEST_F(SendBuffersTest, BlobsThatWaitTakeTurns) {
  for (const char* name : {"1a", "1b", "1c"}) take(one_, name);
  take(two_, "2a");
  served();
  for (const char* name : {"1d", "1e"}) take(one_, name);
  for (const char* name : {"2b", "2c"}) take(two_, name);
  EXPECT_THAT(served(), IsEmpty());
  std::vector<std::string> order;
  for (int i = 0; i < 4; ++i) {
    give_one_back();
    for (std::string& name : served()) order.push_back(std::move(name));
  }
  EXPECT_THAT(order, ElementsAre("1d", "2b", "1e", "2c"));
}

TEST_F(SendBuffersTest, WhoComesLaterDoesNotOvertakeItsOwnBlobsLine) {
  for (const char* name : {"1a", "1b", "1c", "1d"}) take(one_, name);
  served();
  buffers_.give_back(std::move(held_.front()));
  held_.erase(held_.begin());
  take(one_, "1e");  // before 1d was told of the block that is free
  EXPECT_THAT(served(), IsEmpty());
  io_.run();
  EXPECT_THAT(served(), ElementsAre("1d"));
  give_one_back();
  EXPECT_THAT(served(), ElementsAre("1e"));
}

TEST_F(SendBuffersTest, WhoWaitsAtTheEndGetsNothing) {
  for (const char* name : {"1a", "1b", "1c", "1d"}) take(one_, name);
  served();
  buffers_.close();
  EXPECT_THAT(served(), ElementsAre("1d nothing"));
  take(two_, "2a");
  EXPECT_THAT(served(), ElementsAre("2a nothing"));
  while (!held_.empty()) give_one_back();
  EXPECT_EQ(buffers_.used(), 0U);
}

TEST(MemoryBudgetTest, FullIsEasedWhenHalfIsGone) {
  MemoryBudget budget(MemoryLimits{100, 60});
  MemoryBudget::Account one, two;
  budget.take(one, 60);
  EXPECT_TRUE(budget.full(one));
  EXPECT_FALSE(budget.full(two));
  EXPECT_FALSE(budget.fits(two, 41));
  budget.take(two, 40);
  EXPECT_TRUE(budget.full(two)) << "all together";
  budget.give_back(one, 29);
  EXPECT_FALSE(budget.full(one));
  EXPECT_FALSE(budget.eased(one)) << "31 of 60";
  budget.give_back(one, 1);
  EXPECT_FALSE(budget.eased(one)) << "70 of 100 for all";
  budget.give_back(two, 20);
  EXPECT_TRUE(budget.eased(one));
  EXPECT_TRUE(budget.eased(two));
}

}  // namespace
}  // namespace shoal::p2p
