#include "cli/client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/blocking_request.h"
#include "http/test_server.h"

namespace shoal::cli {
namespace {

using namespace std::chrono_literals;

// Answers everything with `status` and `body`.
class ClientTest : public testing::Test {
 protected:
  Awaitable<void> answer(const http::Request& request, http::Responder& response) {
    asked_ = request.method + " " + request.path + " " +
             request.query_value("image").value_or("").data();
    http::ResponseHead head(status_);
    std::string body = body_;
    co_await response.send(std::move(head), std::move(body));
  }
  Result<nlohmann::json> call(const std::string& path) {
    return Client(HostPort("127.0.0.1", server_.port())).call("POST", path);
  }
  int status_ = 200;
  std::string body_ = "{\"a\":1}";
  std::string asked_;
  http::TestServer server_{[this](const http::Request& request, http::Responder& response) {
    return answer(request, response);
  }};
};

TEST_F(ClientTest, AnAnswerIsItsDocument) {
  const auto document = call("/v1/pins?image=" + percent_encoded("a b&c=d%"));
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ((*document)["a"], 1);
  EXPECT_EQ(asked_, "POST /v1/pins a b&c=d%");
}

TEST_F(ClientTest, ARefusalIsItsMessage) {
  status_ = 409;
  body_ = R"({"errors":[{"code":"denied","message":"it is pinned"}]})";
  const auto refused = call("/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::denied);
  EXPECT_EQ(refused.error().message, "it is pinned");
}

TEST_F(ClientTest, WhatIsNoShoalIsSaidToBeNone) {
  for (const char* body : {"", "<html>", "[]", "{\"errors\":[]}", "{\"errors\":[{\"message\":7}]}",
                           "{\"errors\":{\"message\":\"x\"}}"}) {
    status_ = 404;
    body_ = body;
    const auto refused = call("/");
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().code, Errc::protocol) << body;
  }
  status_ = 200;
  body_ = "ok";
  EXPECT_FALSE(call("/"));
}

TEST(BlockingRequestTest, NobodyThereIsUnavailable) {
  const auto response = http::blocking_request(HostPort("127.0.0.1", 1), "GET", "/", 5s);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_NE(response.error().message.find("127.0.0.1:1"), std::string::npos);
  EXPECT_FALSE(http::blocking_request(HostPort("not an address", 1), "GET", "/", 5s));
}

TEST(BlockingRequestTest, AServerThatSaysNothingIsNotWaitedForForEver) {
  http::Gate gate;
  http::TestServer server([&](const http::Request&, http::Responder&) { return gate.pass(); });
  const auto response =
      http::blocking_request(HostPort("127.0.0.1", server.port()), "GET", "/", 50ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::timeout);
  gate.wait_until_reached();
  gate.open(server);
}

}  // namespace
}  // namespace shoal::cli
