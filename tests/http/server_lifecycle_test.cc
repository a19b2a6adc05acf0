// Listening, limits, draining, and what is counted and logged.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "http/test_client.h"
#include "http/test_server.h"

namespace shoal::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGet = "GET /blob HTTP/1.1\r\nHost: m\r\n\r\n";

// Sends half of the body, waits at the gate, and sends the rest.
Awaitable<void> send_halves(Gate& gate, Responder& response) {
  ResponseHead head(200);
  co_await response.send_head(std::move(head), 8);
  std::string half = "1234";
  co_await response.send_bytes(std::move(half));
  co_await gate.pass();
  half = "5678";
  co_await response.send_bytes(std::move(half));
}

Handler gated(Gate& gate) {
  return [&gate](const Request&, Responder& response) { return send_halves(gate, response); };
}

Awaitable<void> wait_without_response(Gate& gate, Responder*& place, Responder& response) {
  place = &response;
  co_await gate.pass();
}

Awaitable<void> annotated(const Request&, Responder& response) {
  response.classify("blob");
  response.annotate("source", "peer");
  ResponseHead head(206);
  co_await response.send_head(std::move(head), 10);
  std::string part = "abc";
  co_await response.send_bytes(std::move(part));
  response.abandon("upstream broke");
}

bool is_ready(const std::future<void>& future) {
  return future.wait_for(seconds(0)) == std::future_status::ready;
}

std::string exposition(Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry().Collect());
}

// Catches what is logged while it lives. Servers start after it and end before it.
class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("capture", std::move(sink)));
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

// No further descriptor can be opened while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(HttpListenTest, APortInUseIsAnErrorThatNamesTheAddress) {
  TestServer first(echo);
  Metrics metrics;
  asio::io_context io;
  Server second(io, ServerOptions{}, metrics, echo);
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  const auto listening = second.listen(address);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, Errc::io);
  EXPECT_EQ(listening.error().message, "cannot listen on " + address + ": Address already in use");
}

TEST(HttpListenTest, WhatIsNoAddressIsRefusedByName) {
  Metrics metrics;
  asio::io_context io;
  for (const char* address :
       {"", "5000", ":5000", "localhost:5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
        "127.0.0.1:65536", "127.0.0.1:-1", "::1:5000", "[127.0.0.1]:5000", "[::1]", "[::1]5000"}) {
    Server server(io, ServerOptions{}, metrics, echo);
    const auto listening = server.listen(address);
    ASSERT_FALSE(listening) << address;
    EXPECT_EQ(listening.error().code, Errc::invalid_argument) << address;
    EXPECT_THAT(listening.error().message, HasSubstr("\"" + std::string(address) + "\""));
  }
}

TEST(HttpListenTest, AServerThatWasNotDrainedCanBeDestroyedBeforeItsMetrics) {
  auto metrics = std::make_unique<Metrics>();
  asio::io_context io;
  {
    Server server(io, ServerOptions{}, *metrics, echo);
    ASSERT_TRUE(server.listen("127.0.0.1:0"));
    EXPECT_NE(server.port(), 0);
    TestClient client(server.port());
    io.poll();  // the connection is accepted, and its coroutine waits
  }
  metrics.reset();
}

TEST(HttpLimitTest, ConnectionsOverTheLimitAreClosedAndCounted) {
  ServerOptions options;
  options.connections_max = 1;
  TestServer server(echo, options);
  TestClient first(server.port());
  first.send(kGet);
  EXPECT_EQ(body_of(first.response()), "GET /blob\n");
  {
    TestClient second(server.port());
    EXPECT_EQ(second.read_to_end(), "");
    EXPECT_EQ(second.ending(), 0);
  }
  EXPECT_THAT(exposition(server.metrics()),
              HasSubstr("shoal_http_refused_connections_total{port=\"mirror\"} 1"));
  first.send(kGet);
  EXPECT_EQ(body_of(first.response()), "GET /blob\n");
}

TEST(HttpLimitTest, APlaceThatWasGivenUpIsTakenAgain) {
  ServerOptions options;
  options.connections_max = 1;
  TestServer server(echo, options);
  for (int i = 0; i < 5; ++i) {
    {
      TestClient client(server.port());
      client.send(kGet);
      EXPECT_EQ(body_of(client.response()), "GET /blob\n");
    }
    EXPECT_TRUE(server.becomes([&] { return server.metrics().http_connections.Value(); }, 0));
  }
}

TEST(HttpLimitTest, WantOfDescriptorsMakesTheServerWaitAndNotSpin) {
  Metrics metrics;
  asio::io_context io;
  Server server(io, ServerOptions{}, metrics, echo);
  ASSERT_TRUE(server.listen("127.0.0.1:0"));
  TestClient client(server.port());
  client.send(kGet);
  {
    const NoDescriptors no_descriptors;
    const std::size_t handlers_run = io.run_for(milliseconds(500));
    EXPECT_GT(handlers_run, 1U);
    EXPECT_LT(handlers_run, 50U);
    EXPECT_FALSE(client.wait_readable(milliseconds(0)));
  }
  const auto patience = std::chrono::steady_clock::now() + seconds(20);
  while (!client.wait_readable(milliseconds(0)) && std::chrono::steady_clock::now() < patience) {
    io.run_one_for(milliseconds(100));
  }
  EXPECT_EQ(body_of(client.response()), "GET /blob\n");
}

TEST(HttpLimitTest, TwoHundredConnectionsAreServedSideBySide) {
  TestServer server(echo);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<TestClient>(server.port()));
    ASSERT_TRUE(clients.back()->send("GET /" + std::to_string(i) + " HTTP/1.1\r\n"));
  }
  // All are open and have sent half a request before the first one is complete.
  for (const auto& client : clients) ASSERT_TRUE(client->send("Host: m\r\n\r\n"));
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(body_of(clients[static_cast<std::size_t>(i)]->response()),
              "GET /" + std::to_string(i) + "\n");
  }
}

TEST(HttpDrainTest, AResponseInFlightIsFinished) {
  Gate gate;
  TestServer server(gated(gate));
  TestClient client(server.port());
  client.send(std::string(kGet) + kGet);
  gate.wait_until_reached();
  auto drained = server.drain(seconds(20));
  // Runs behind the start of the drain.
  EXPECT_EQ(server.on_thread([] { return 1.0; }), 1.0);
  EXPECT_FALSE(TestClient(server.port()).connected());
  EXPECT_FALSE(is_ready(drained));
  gate.open(server);
  EXPECT_EQ(body_of(client.read_to_end()), "12345678");
  EXPECT_EQ(client.ending(), 0);
  client.reset();
  drained.wait();
}

TEST(HttpDrainTest, IdleConnectionsAreClosedAtOnce) {
  TestServer server(echo);
  TestClient unused(server.port());
  TestClient used(server.port());
  used.send(kGet);
  EXPECT_EQ(body_of(used.response()), "GET /blob\n");
  EXPECT_TRUE(server.becomes([&] { return server.metrics().http_connections.Value(); }, 2));
  server.drain(seconds(20)).wait();
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_EQ(used.ending(), 0);
  EXPECT_EQ(unused.read_to_end(), "");
  EXPECT_EQ(unused.ending(), 0);
  EXPECT_EQ(server.metrics().http_connections.Value(), 0);
}

TEST(HttpDrainTest, AfterTheDeadlineWhatIsLeftEnds) {
  Gate gate;
  TestServer server(gated(gate));
  TestClient half_a_request(server.port());
  half_a_request.send("GET / HT");
  TestClient client(server.port());
  client.send(kGet);
  gate.wait_until_reached();
  auto drained = server.drain(milliseconds(0));
  EXPECT_EQ(body_of(client.read_to_end()), "1234");
  EXPECT_EQ(client.ending(), 0);
  EXPECT_EQ(half_a_request.read_to_end(), "");
  EXPECT_FALSE(is_ready(drained));  // the handler has not returned
  gate.open(server);
  drained.wait();
}

TEST(HttpDrainTest, DrainingAServerWithoutConnectionsReturns) {
  TestServer server(echo);
  server.drain(seconds(20)).wait();
  server.drain(seconds(20)).wait();
}

TEST(HttpClientGoneTest, AHandlerThatWaitsSeesTheClientLeave) {
  Gate gate;
  Responder* responder = nullptr;
  TestServer server([&](const Request&, Responder& response) {
    return wait_without_response(gate, responder, response);
  });
  auto client = std::make_unique<TestClient>(server.port());
  client->send(std::string(kGet) + "GET /next");  // unread bytes must not hide the end
  gate.wait_until_reached();
  const auto gone = [&] { return responder->client_gone() ? 1.0 : 0.0; };
  EXPECT_EQ(server.on_thread(gone), 0);
  client = nullptr;
  EXPECT_TRUE(server.becomes(gone, 1));
  gate.open(server);
  auto& left = server.metrics().http_requests("mirror", "other", 499);
  EXPECT_TRUE(server.becomes([&] { return left.Value(); }, 1));
}

TEST(HttpRecordTest, MirrorRequestsAreCountedAndLogged) {
  LogCapture log;
  {
    TestServer server(annotated);
    TestClient client(server.port());
    client.send("GET /v2/" + std::string(1000, 'a') + " HTTP/1.1\r\nHost: m\r\n\r\n");
    EXPECT_EQ(body_of(client.read_to_end()), "abc");
    Metrics& metrics = server.metrics();
    auto& counted = metrics.http_requests("mirror", "blob", 206);
    EXPECT_TRUE(server.becomes([&] { return counted.Value(); }, 1));
    EXPECT_EQ(metrics.http_sent_bytes.Value(), 3);
    EXPECT_EQ(metrics.http_duration("mirror", "blob").Collect().histogram.sample_count, 1U);
    EXPECT_EQ(metrics.http_first_byte("blob").Collect().histogram.sample_count, 1U);
  }
  EXPECT_THAT(log.text(),
              ContainsRegex("request id=[0-9a-f]+ remote=127\\.0\\.0\\.1:[0-9]+ method=GET "
                            "path=/v2/a+ status=206 bytes=3 seconds=[0-9.]+ source=peer "
                            "abandoned=\"upstream broke\""));
  EXPECT_THAT(log.text(), Not(HasSubstr(std::string(300, 'a'))));
}

TEST(HttpRecordTest, RefusedRequestsAreCountedAndLogged) {
  LogCapture log;
  {
    TestServer server(echo);
    TestClient client(server.port());
    client.send("\x16\x03\x01\x02");
    client.read_to_end();
    auto& counted = server.metrics().http_requests("mirror", "other", 400);
    EXPECT_TRUE(server.becomes([&] { return counted.Value(); }, 1));
  }
  EXPECT_THAT(log.text(), ContainsRegex("status=400 .*refused=\"malformed request: "));
}

TEST(HttpRecordTest, OtherServersDoNotCountAsTheMirror) {
  LogCapture log;
  {
    ServerOptions options;
    options.name = "admin";
    TestServer server(echo, options);
    TestClient client(server.port());
    client.send(kGet);
    EXPECT_EQ(body_of(client.response()), "GET /blob\n");
    auto& counted = server.metrics().http_requests("admin", "other", 200);
    EXPECT_TRUE(server.becomes([&] { return counted.Value(); }, 1));
    EXPECT_EQ(server.metrics().http_connections.Value(), 0);
    EXPECT_EQ(server.metrics().http_sent_bytes.Value(), 0);
    EXPECT_EQ(server.metrics().http_first_byte("other").Collect().histogram.sample_count, 0U);
  }
  EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace shoal::http
