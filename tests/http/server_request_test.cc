// Requests and the exact bytes of their responses.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_client.h"
#include "http/test_server.h"

namespace shoal::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// Answers with everything the handler is told about the request.
Awaitable<void> describe(const Request& request, Responder& response) {
  std::string body = request.method + " path=" + request.path + " target=" + request.target;
  for (const auto& [name, value] : request.query) body += " ?" + name + "=" + value;
  for (const auto& [name, value] : request.headers) body += " " + name + ":" + value;
  ResponseHead head(200);
  co_await response.send(std::move(head), std::move(body));
}

Awaitable<void> throw_before_head(const Request&, Responder&) {
  throw std::runtime_error("secret detail");
  co_return;
}

Awaitable<void> send_nothing(const Request&, Responder&) {
  co_return;
}

Awaitable<void> not_modified(const Request&, Responder& response) {
  ResponseHead head(304);
  head.set("ETag", "\"x\"");
  std::string body = "never sent";
  co_await response.send(std::move(head), std::move(body));
}

Awaitable<void> split_header(const Request&, Responder& response) {
  ResponseHead head(200);
  head.set("X-Path", "a\r\nSet-Cookie: b");
  std::string body;
  co_await response.send(std::move(head), std::move(body));
}

ServerOptions options_with_short_header_timeout() {
  ServerOptions options;
  options.header_timeout = seconds(1);
  return options;
}

TEST(HttpServerTest, SimpleGet) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("GET /v2/ HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_THAT(client.response(),
              MatchesRegex("HTTP/1\\.1 200 OK\r\n"
                           "Content-Type: text/plain\r\n"
                           "Content-Length: 9\r\n"
                           "Date: [A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] [0-9]+ "
                           "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT\r\n"
                           "Connection: keep-alive\r\n"
                           "X-Request-Id: [0-9a-f]+\r\n"
                           "\r\n"
                           "GET /v2/\n"));
}

TEST(HttpServerTest, HandlerSeesTheWholeRequest) {
  TestServer server(describe);
  TestClient client(server.port());
  client.send("GET /v2/a%2Fb?ns=docker.io HTTP/1.1\r\nHost: m\r\nRange: bytes=0-\r\n\r\n");
  EXPECT_EQ(body_of(client.response()),
            "GET path=/v2/a/b target=/v2/a%2Fb?ns=docker.io ?ns=docker.io host:m range:bytes=0-");
}

TEST(HttpServerTest, HeadHasTheContentLengthAndNoBody) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send(
      "HEAD /a HTTP/1.1\r\nHost: m\r\n\r\n"
      "GET /b HTTP/1.1\r\nHost: m\r\n\r\n");
  const std::string head = client.response(true);
  EXPECT_EQ(header_of(head, "Content-Length"), "8");
  EXPECT_EQ(body_of(head), "");
  EXPECT_EQ(body_of(client.response()), "GET /b\n");
}

TEST(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server(echo);
  TestClient client(server.port());
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: m\r\n\r\n";
  }
  client.send(bytes);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(body_of(client.response()), "GET /" + std::to_string(i) + "\n");
  }
}

TEST(HttpServerTest, RequestIdsDiffer) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: m\r\n\r\nGET / HTTP/1.1\r\nHost: m\r\n\r\n");
  const std::string first = header_of(client.response(), "X-Request-Id");
  EXPECT_EQ(first.size(), 16U);
  EXPECT_NE(first, header_of(client.response(), "X-Request-Id"));
}

TEST(HttpServerTest, ConnectionCloseEndsTheConnection) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send(
      "GET /a HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"
      "GET /ignored HTTP/1.1\r\nHost: m\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(header_of(all, "Connection"), "close");
  EXPECT_EQ(body_of(all), "GET /a\n");
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, Http10ClosesUnlessAskedNotTo) {
  TestServer server(echo);
  TestClient plain(server.port());
  plain.send("GET /a HTTP/1.0\r\n\r\n");
  const std::string closed = plain.read_to_end();
  EXPECT_EQ(status_line_of(closed), "HTTP/1.1 200 OK");
  EXPECT_EQ(header_of(closed, "Connection"), "close");

  TestClient kept(server.port());
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(header_of(kept.response(), "Connection"), "keep-alive");
  kept.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(kept.read_to_end()), "GET /b\n");
}

TEST(HttpServerTest, RequestsPerConnectionAreLimited) {
  ServerOptions options;
  options.requests_per_connection_max = 2;
  TestServer server(echo, options);
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) client.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(header_of(client.response(), "Connection"), "keep-alive");
  EXPECT_EQ(header_of(client.response(), "Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, MalformedRequestLineIsAnswered400AndClosed) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("GET nonsense\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(status_line_of(all), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(header_of(all, "Connection"), "close");
  EXPECT_THAT(body_of(all), StartsWith("malformed request: "));
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, AResponseBeforeTheMalformedRequestIsNotLost) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\n\x16\x03\x01");
  EXPECT_EQ(body_of(client.response()), "GET /a\n");
  EXPECT_EQ(status_line_of(client.response()), "HTTP/1.1 400 Bad Request");
}

TEST(HttpServerTest, OversizedHeaderIsAnswered431) {
  ServerOptions options;
  options.header_bytes_max = 1024;
  TestServer server(echo, options);
  TestClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: m\r\nX: " + std::string(100000, 'x'));
  const std::string all = client.read_to_end();
  EXPECT_EQ(status_line_of(all), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, SlowHeaderIsAnswered408) {
  TestServer server(echo, options_with_short_header_timeout());
  TestClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(status_line_of(client.read_to_end()), "HTTP/1.1 408 Request Timeout");
}

TEST(HttpServerTest, SlowBodyIsAnswered408) {
  TestServer server(echo, options_with_short_header_timeout());
  TestClient client(server.port());
  client.send("PUT / HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(status_line_of(client.read_to_end()), "HTTP/1.1 408 Request Timeout");
}

TEST(HttpServerTest, IdleConnectionsAreClosedInSilence) {
  ServerOptions options;
  options.idle_timeout = seconds(1);
  TestServer server(echo, options);
  TestClient silent(server.port());
  TestClient idle(server.port());
  idle.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(body_of(idle.response()), "GET /a\n");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(idle.ending(), 0);
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(silent.ending(), 0);
}

TEST(HttpServerTest, RequestBodiesAreDropped) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send(
      "PUT /a HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\n\r\nhello"
      "PATCH /b HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /c HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(body_of(client.response()), "PUT /a\n");
  EXPECT_EQ(body_of(client.response()), "PATCH /b\n");
  EXPECT_EQ(body_of(client.response()), "GET /c\n");
}

TEST(HttpServerTest, OversizedBodyIsAnswered413AndNotReset) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("PUT /a HTTP/1.1\r\nHost: m\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(1000000, 'x'));
  EXPECT_EQ(status_line_of(client.read_to_end()), "HTTP/1.1 413 Payload Too Large");
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, ExpectContinueGetsItsFinalAnswerAtOnce) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send("PUT /a HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(status_line_of(all), "HTTP/1.1 200 OK");
  EXPECT_EQ(header_of(all, "Connection"), "close");
  EXPECT_EQ(body_of(all), "PUT /a\n");
}

TEST(HttpServerTest, ExpectContinueWithItsBodyKeepsTheConnection) {
  TestServer server(echo);
  TestClient client(server.port());
  client.send(
      "PUT /a HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
  EXPECT_EQ(body_of(client.response()), "PUT /a\n");
  client.send("GET /b HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(body_of(client.response()), "GET /b\n");
}

TEST(HttpServerTest, BrokenEscapesReachTheHandlerWithoutAPath) {
  TestServer server(describe);
  TestClient client(server.port());
  client.send("GET /v2/%00 HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(body_of(client.response()), "GET path= target=/v2/%00 host:m");
}

TEST(HttpServerTest, AHandlersExceptionIsA500WithoutItsText) {
  TestServer server(throw_before_head);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(status_line_of(all), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(header_of(all, "Connection"), "close");
  EXPECT_THAT(body_of(all), HasSubstr(header_of(all, "X-Request-Id")));
  EXPECT_EQ(all.find("secret"), std::string::npos);
  EXPECT_EQ(client.ending(), 0);
}

TEST(HttpServerTest, AHandlerThatSendsNothingIsA500) {
  TestServer server(send_nothing);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(status_line_of(client.response()), "HTTP/1.1 500 Internal Server Error");
}

TEST(HttpServerTest, AHeaderThatWouldSplitTheResponseIsA500) {
  TestServer server(split_header);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_EQ(status_line_of(all), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(all.find("Set-Cookie"), std::string::npos);
}

TEST(HttpServerTest, StatusesWithoutBodyKeepTheConnection) {
  TestServer server(not_modified);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: m\r\n\r\nGET /b HTTP/1.1\r\nHost: m\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    const std::string response = client.response();
    EXPECT_EQ(status_line_of(response), "HTTP/1.1 304 Not Modified");
    EXPECT_EQ(response.find("Content-Length"), std::string::npos);
  }
}

}  // namespace
}  // namespace shoal::http
