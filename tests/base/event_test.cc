#include "base/event.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

namespace shoal {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

class EventTest : public testing::Test {
 protected:
  // Starts a waiter whose answer lands in answers_.
  void wait(steady_clock::duration time_out) {
    spawn(io_.get_executor(), "waiter", waiter(steady_clock::now() + time_out));
  }
  Awaitable<void> waiter(SteadyTime deadline) {
    const bool woken = co_await event_.wait_until(deadline);
    answers_.push_back(woken);
  }
  // Runs all that can run without time passing.
  void settle() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  Event event_{io_.get_executor()};
  std::vector<bool> answers_;
};

TEST_F(EventTest, NotifyWakesEveryWaiter) {
  for (int i = 0; i < 3; ++i) wait(1h);
  settle();
  EXPECT_EQ(event_.waiters(), 3U);
  EXPECT_TRUE(answers_.empty());
  event_.notify_all();
  EXPECT_EQ(event_.waiters(), 0U);
  settle();
  EXPECT_EQ(answers_, (std::vector<bool>{true, true, true}));
}

TEST_F(EventTest, DeadlineEndsTheWait) {
  wait(1ms);
  io_.run();
  EXPECT_EQ(answers_, std::vector<bool>{false});
  EXPECT_EQ(event_.waiters(), 0U);
}

TEST_F(EventTest, PastDeadlineEndsAtOnce) {
  wait(-1h);
  io_.run();
  EXPECT_EQ(answers_, std::vector<bool>{false});
}

TEST_F(EventTest, NotifyBeforeTheWaitIsNotRemembered) {
  event_.notify_all();
  wait(1ms);
  io_.run();
  EXPECT_EQ(answers_, std::vector<bool>{false});
}

TEST_F(EventTest, NotifyAfterTheDeadlineButBeforeTheWaiterRanStillWakesIt) {
  wait(-1h);
  io_.run_one();  // the waiter suspends; its timer has expired, and it has not been told yet
  ASSERT_EQ(event_.waiters(), 1U);
  event_.notify_all();
  io_.run();
  EXPECT_EQ(answers_, std::vector<bool>{true});
}

TEST_F(EventTest, OneDeadlineLeavesTheOtherWaitersInPlace) {
  wait(1h);
  wait(-1h);
  wait(1h);
  settle();
  EXPECT_EQ(answers_, std::vector<bool>{false});
  EXPECT_EQ(event_.waiters(), 2U);
  event_.notify_all();
  settle();
  EXPECT_EQ(answers_, (std::vector<bool>{false, true, true}));
}

Awaitable<void> wait_twice(Event& event, int& wakes) {
  for (int i = 0; i < 2; ++i) {
    if (co_await event.wait_until(steady_clock::now() + 1h)) ++wakes;
  }
}

TEST_F(EventTest, WaitersThatWaitAgainWantAnotherNotify) {
  int wakes = 0;
  spawn(io_.get_executor(), "twice", wait_twice(event_, wakes));
  settle();
  event_.notify_all();
  event_.notify_all();  // nobody waits just now: not remembered
  settle();
  EXPECT_EQ(wakes, 1);
  event_.notify_all();
  settle();
  EXPECT_EQ(wakes, 2);
}

TEST(EventLifetimeTest, WaitersMayBeSuspendedWhenTheirContextGoes) {
  auto io = std::make_unique<asio::io_context>();
  Event event(io->get_executor());
  int wakes = 0;
  spawn(io->get_executor(), "twice", wait_twice(event, wakes));
  io->poll();
  EXPECT_EQ(event.waiters(), 1U);
  io.reset();
  EXPECT_EQ(wakes, 0);
}

Awaitable<void> sleep_then_set(steady_clock::duration duration, bool& done) {
  co_await sleep_for(duration);
  done = true;
}

TEST(SleepTest, LastsAtLeastAsLongAsAsked) {
  asio::io_context io;
  bool done = false;
  const auto begin = steady_clock::now();
  spawn(io.get_executor(), "sleeper", sleep_then_set(5ms, done));
  io.poll();
  EXPECT_FALSE(done);
  io.run();
  EXPECT_TRUE(done);
  EXPECT_GE(steady_clock::now() - begin, 5ms);
}

}  // namespace
}  // namespace shoal
