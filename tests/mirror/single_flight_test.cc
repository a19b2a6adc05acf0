#include "mirror/single_flight.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

namespace shoal::mirror {
namespace {

class SingleFlightTest : public ::testing::Test {
 protected:
  // Starts a caller of `key`; its answer goes to answers_.
  void call(std::string key) { spawn(io_.get_executor(), "caller", caller(std::move(key))); }

  Awaitable<void> caller(std::string key) {
    SingleFlight<int>::Work work = [this] { return job(); };
    auto answer = co_await flights_->run(std::move(key), std::move(work));
    answers_.push_back(std::move(answer));
  }

  Awaitable<Result<int>> job() {
    ++runs_;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!open_) co_await gate_.wait_until(deadline);
    if (throws_) throw std::runtime_error("boom");
    co_return answer_;
  }

  void let_go() {
    open_ = true;
    gate_.notify_all();
    io_.run();
  }

  asio::io_context io_;
  Event gate_{io_.get_executor()};
  SingleFlight<int> patient_{std::chrono::milliseconds(60000)};
  SingleFlight<int> hasty_{std::chrono::milliseconds(5)};
  SingleFlight<int>* flights_ = &patient_;
  Result<int> answer_ = 7;
  bool open_ = false;
  bool throws_ = false;
  int runs_ = 0;
  std::vector<Result<int>> answers_;
};

TEST_F(SingleFlightTest, CallersOfOneKeyShareOneRun) {
  for (int i = 0; i < 100; ++i) call("a");
  call("b");
  io_.poll();
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(flights_->under_way(), 2u);
  let_go();
  ASSERT_EQ(answers_.size(), 101u);
  for (const auto& answer : answers_) EXPECT_EQ(answer.value(), 7);
  EXPECT_EQ(flights_->under_way(), 0u);
}

TEST_F(SingleFlightTest, NothingIsKeptAfterwards) {
  open_ = true;
  call("a");
  io_.run();
  io_.restart();
  call("a");
  io_.run();
  EXPECT_EQ(runs_, 2);
}

TEST_F(SingleFlightTest, ErrorsAreSharedToo) {
  answer_ = fail(Errc::denied, "no");
  call("a");
  call("a");
  io_.poll();
  let_go();
  ASSERT_EQ(answers_.size(), 2u);
  for (const auto& answer : answers_) EXPECT_EQ(answer.error().code, Errc::denied);
}

TEST_F(SingleFlightTest, WaitingForAnotherCallHasALimit) {
  flights_ = &hasty_;
  call("a");
  call("a");
  while (answers_.empty()) io_.run_one();
  EXPECT_EQ(answers_.front().error().code, Errc::timeout);
  let_go();
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_.back().value(), 7);
}

TEST_F(SingleFlightTest, AnExceptionReachesTheWaitersAsAnError) {
  throws_ = true;
  const auto strays = stray_exceptions();
  call("a");
  call("a");
  io_.poll();
  let_go();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_.front().error().code, Errc::internal);
  EXPECT_EQ(stray_exceptions(), strays + 1);
  EXPECT_EQ(flights_->under_way(), 0u);
}

}  // namespace
}  // namespace shoal::mirror
