#include "base/task.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include "base/log.h"
#include "base/result.h"

namespace shoal {
namespace {

using testing::HasSubstr;

Awaitable<void> throw_runtime_error() {
  throw std::runtime_error("the reason");
  co_return;
}

Awaitable<void> throw_number() {
  throw 17;
  co_return;
}

Awaitable<void> set(bool& done) {
  done = true;
  co_return;
}

// What reaches the log while `task` runs to its end.
std::string log_of(std::string_view name, Awaitable<void> task) {
  EXPECT_TRUE(configure_logging(LogFormat::text, "info"));
  asio::io_context io;
  testing::internal::CaptureStderr();
  spawn(io.get_executor(), name, std::move(task));
  io.run();
  return testing::internal::GetCapturedStderr();
}

TEST(SpawnTest, RunsTheTaskAndCountsNothing) {
  const auto before = stray_exceptions();
  bool done = false;
  EXPECT_EQ(log_of("good", set(done)), "");
  EXPECT_TRUE(done);
  EXPECT_EQ(stray_exceptions(), before);
}

TEST(SpawnTest, LogsAndCountsAStrayException) {
  const auto before = stray_exceptions();
  const std::string log = log_of("fetching", throw_runtime_error());
  EXPECT_THAT(log, HasSubstr("task fetching ended by an exception: the reason"));
  EXPECT_EQ(stray_exceptions(), before + 1);
}

TEST(SpawnTest, CountsAnExceptionThatIsNoStdException) {
  const auto before = stray_exceptions();
  EXPECT_THAT(log_of("odd", throw_number()),
              HasSubstr("task odd ended by an exception of unknown"));
  EXPECT_EQ(stray_exceptions(), before + 1);
}

struct Seen {
  std::thread::id worked_on;
  std::thread::id resumed_on;
  std::unique_ptr<int> value;
};

Awaitable<void> offload_once(asio::thread_pool& pool, Seen& seen) {
  auto work = [&seen] {
    seen.worked_on = std::this_thread::get_id();
    return std::make_unique<int>(42);
  };
  seen.value = co_await offload(pool, std::move(work));
  seen.resumed_on = std::this_thread::get_id();
}

TEST(OffloadTest, WorksOnThePoolAndResumesOnItsOwnThread) {
  asio::io_context io;
  asio::thread_pool pool(1);
  Seen seen;
  spawn(io.get_executor(), "offloading", offload_once(pool, seen));
  io.run();  // the pending work keeps it running although nothing is queued
  pool.join();
  ASSERT_TRUE(seen.value);
  EXPECT_EQ(*seen.value, 42);
  EXPECT_EQ(seen.resumed_on, std::this_thread::get_id());
  EXPECT_NE(seen.worked_on, seen.resumed_on);
}

Awaitable<void> offload_failure(asio::thread_pool& pool, Errc& code) {
  auto work = []() -> Result<std::string> { return fail(Errc::no_space, "full"); };
  const auto result = co_await offload(pool, work);
  code = result.error().code;
}

TEST(OffloadTest, CarriesAnErrorBack) {
  asio::io_context io;
  asio::thread_pool pool(1);
  Errc code = Errc::internal;
  spawn(io.get_executor(), "offloading", offload_failure(pool, code));
  io.run();
  EXPECT_EQ(code, Errc::no_space);
}

Awaitable<void> offload_many(asio::thread_pool& pool, std::shared_ptr<int> token, int& sum) {
  for (int i = 0; i < 100; ++i) {
    auto work = [token, i] { return *token + i; };
    sum += co_await offload(pool, std::move(work));
  }
}

TEST(OffloadTest, WhatTheWorkHoldsIsDestroyedOnce) {
  asio::io_context io;
  asio::thread_pool pool(2);
  const auto token = std::make_shared<int>(1);
  int sum = 0;
  for (int i = 0; i < 8; ++i) spawn(io.get_executor(), "many", offload_many(pool, token, sum));
  io.run();
  pool.join();
  EXPECT_EQ(sum, 8 * (100 + 4950));
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace shoal
