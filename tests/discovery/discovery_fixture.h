#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/metrics.h"
#include "base/task.h"
#include "discovery/source.h"

namespace shoal::discovery::testing {

// A reactor, a disk pool, a folder; runs what waits for them.
class DiscoveryFixture : public ::testing::Test {
 protected:
  DiscoveryFixture();
  ~DiscoveryFixture() override;

  // Runs the reactor until `condition`, or fails the test.
  void run_until(const std::function<bool()>& condition, const char* what);
  template <class T>
  T result_of(Awaitable<T> task) {
    std::optional<T> out;
    spawn(io_.get_executor(), "test", keep(std::move(task), out));
    run_until([&] { return out.has_value(); }, "the task ended");
    return std::move(*out);
  }
  // Starts the source; what it finds is in found_.
  void start(Source& source);
  // Ends the source that was started.
  void stop(Source& source);
  void write(const std::filesystem::path& file, const std::string& text);

  asio::io_context io_;
  asio::thread_pool pool_{1};
  Metrics metrics_;
  std::filesystem::path folder_;
  std::optional<Endpoints> found_;
  int times_found_ = 0;

 private:
  template <class T>
  static Awaitable<void> keep(Awaitable<T> task, std::optional<T>& out) {
    T value = co_await std::move(task);
    out.emplace(std::move(value));
  }
  Awaitable<void> follow(Source& source);
  bool ended_ = false;
};

Endpoints endpoints(std::initializer_list<const char*> texts);  // "10.0.0.1:6881"

// What is logged while this lives.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  int lines_with(const std::string& text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shoal::discovery::testing
