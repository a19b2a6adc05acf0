#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/event.h"
#include "base/metrics.h"
#include "http/server.h"

namespace shoal::http {

// A server on a port of its own, run by a thread of its own.
class TestServer {
 public:
  explicit TestServer(Handler handler, ServerOptions options = {});
  // Drains, which has to succeed within seconds.
  ~TestServer();

  std::uint16_t port() const { return server_.port(); }
  Metrics& metrics() { return metrics_; }
  asio::io_context& io() { return io_; }
  // Runs `task` on the server's thread; the future is ready when it ended.
  std::future<void> start(std::function<Awaitable<void>()> task);
  // Runs `look` on the server's thread and returns what it saw.
  double on_thread(std::function<double()> look);
  // Starts Server::drain; the future is ready when it returned.
  std::future<void> drain(std::chrono::milliseconds patience);
  // Waits until `look`, asked on the server's thread, is `wanted`.
  bool becomes(std::function<double()> look, double wanted);

  Server& server() { return server_; }

 private:
  Metrics metrics_;
  asio::io_context io_;
  Server server_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

// Holds handlers until the test lets them go on.
class Gate {
 public:
  // For handlers: tells the test, and waits until open().
  Awaitable<void> pass();
  // For tests: waits until a handler waits.
  void wait_until_reached() { reached_.get_future().wait(); }
  void open(TestServer& server);

 private:
  std::promise<void> reached_;
  std::optional<Event> opened_;  // the server's thread only
};

// A handler that answers every request 200 with "METHOD path\n".
Awaitable<void> echo(const Request& request, Responder& response);

}  // namespace shoal::http
