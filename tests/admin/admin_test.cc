#include "admin/admin.h"

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "base/task.h"

namespace shoal::admin {
namespace {

using ::testing::HasSubstr;

// Keeps the response it is given.
class RecordingResponder final : public http::Responder {
 public:
  Awaitable<Result<void>> send(http::ResponseHead head, std::string body_in) override {
    head_ = std::move(head);
    body = std::move(body_in);
    co_return Result<void>();
  }
  Awaitable<Result<void>> send_head(http::ResponseHead, std::uint64_t) override {
    co_return fail(Errc::internal, "not expected");
  }
  Awaitable<Result<void>> send_file(int, std::uint64_t, std::uint64_t) override {
    co_return fail(Errc::internal, "not expected");
  }
  Awaitable<Result<void>> send_bytes(std::string) override {
    co_return fail(Errc::internal, "not expected");
  }
  bool head_sent() const override { return head_.has_value(); }
  void abandon(std::string) override {}
  bool client_gone() override { return false; }
  void annotate(std::string, std::string) override {}
  void classify(std::string) override {}

  int status() const { return head_ ? head_->status : 0; }
  std::string header(const std::string& name) const {
    for (const auto& [key, value] : head_->headers) {
      if (key == name) return value;
    }
    return {};
  }
  // The code of the one error in a JSON body.
  std::string error_code() const { return error().value("code", ""); }
  std::string error_message() const { return error().value("message", ""); }

  std::string body;

 private:
  nlohmann::json error() const {
    const auto document = nlohmann::json::parse(body, nullptr, false);
    if (!document.contains("errors") || document["errors"].size() != 1) return {};
    return document["errors"][0];
  }
  std::optional<http::ResponseHead> head_;
};

class AdminTest : public ::testing::Test {
 protected:
  RecordingResponder ask(const std::string& method, const std::string& path) {
    http::Request request;
    request.method = method;
    request.path = path;
    RecordingResponder response;
    asio::io_context io;
    spawn(io.get_executor(), "ask", handler_(request, response));
    io.run();
    return response;
  }

  Metrics metrics_;
  Result<void> ready_;
  static Awaitable<void> api(const http::Request& request, http::Responder& response) {
    http::ResponseHead head(299);
    std::string body = request.path;
    co_await response.send(std::move(head), std::move(body));
  }
  http::Handler handler_ = make_handler(
      metrics_, [this] { return ready_; }, api);
};

TEST_F(AdminTest, HealthzIsOkWhateverTheReadiness) {
  ready_ = fail(Errc::unavailable, "starting");
  const auto response = ask("GET", "/healthz");
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body, "ok");
}

TEST_F(AdminTest, ReadyzIsOkWhenReady) {
  EXPECT_EQ(ask("GET", "/readyz").status(), 200);
  EXPECT_EQ(ask("HEAD", "/readyz").status(), 200);
}

TEST_F(AdminTest, ReadyzSays503WithTheReason) {
  ready_ = fail(Errc::no_space, "data_dir is full");
  const auto response = ask("GET", "/readyz");
  EXPECT_EQ(response.status(), 503);
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(response.error_code(), "UNAVAILABLE");
  EXPECT_EQ(response.error_message(), "data_dir is full");
  ready_ = {};
  EXPECT_EQ(ask("GET", "/readyz").status(), 200);
}

TEST_F(AdminTest, AReasonThatIsNoUtf8StillMakesJson) {
  ready_ = fail(Errc::io, "cannot open \xff\xfe");
  const auto response = ask("GET", "/readyz");
  EXPECT_EQ(response.status(), 503);
  EXPECT_THAT(response.error_message(), HasSubstr("cannot open"));
}

TEST_F(AdminTest, MetricsAreInPrometheusTextFormat) {
  metrics_.upstream_bytes("docker.io").Increment(42);
  const auto response = ask("GET", "/metrics");
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("# TYPE shoal_upstream_bytes_total counter\n"));
  EXPECT_THAT(response.body, HasSubstr("shoal_upstream_bytes_total{registry=\"docker.io\"} 42\n"));
}

TEST_F(AdminTest, OtherPathsAreNotFound) {
  for (const char* path : {"/", "/healthz/", "/metricsx", "", "/v2/", "/METRICS"}) {
    const auto response = ask("GET", path);
    EXPECT_EQ(response.status(), 404) << path;
    EXPECT_EQ(response.error_code(), "NOT_FOUND") << path;
  }
  EXPECT_EQ(ask("POST", "/nothing").status(), 404);
}

TEST_F(AdminTest, WhatIsOfTheApiGoesThereWithAnyMethod) {
  for (const char* method : {"GET", "POST", "DELETE"}) {
    const auto response = ask(method, "/v1/images");
    EXPECT_EQ(response.status(), 299);
    EXPECT_EQ(response.body, "/v1/images");
  }
}

TEST_F(AdminTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const auto response = ask(method, "/metrics");
    EXPECT_EQ(response.status(), 405) << method;
    EXPECT_EQ(response.header("Allow"), "GET, HEAD");
    EXPECT_EQ(response.error_code(), "UNSUPPORTED");
  }
}

}  // namespace
}  // namespace shoal::admin
