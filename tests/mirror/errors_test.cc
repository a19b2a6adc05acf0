#include "mirror/errors.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shoal::mirror {
namespace {

std::string header_of(const http::ResponseHead& head, std::string_view name) {
  for (const auto& [key, value] : head.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(ErrorsTest, EveryErrcHasItsStatus) {
  EXPECT_EQ(http_status(Errc::invalid_argument), 400);
  EXPECT_EQ(http_status(Errc::not_found), 404);
  EXPECT_EQ(http_status(Errc::unauthorized), 403);
  EXPECT_EQ(http_status(Errc::denied), 403);
  EXPECT_EQ(http_status(Errc::rate_limited), 503);
  EXPECT_EQ(http_status(Errc::unavailable), 503);
  EXPECT_EQ(http_status(Errc::timeout), 504);
  EXPECT_EQ(http_status(Errc::corrupt), 502);
  EXPECT_EQ(http_status(Errc::protocol), 502);
  EXPECT_EQ(http_status(Errc::too_large), 502);
  EXPECT_EQ(http_status(Errc::io), 503);
  EXPECT_EQ(http_status(Errc::no_space), 503);
  EXPECT_EQ(http_status(Errc::canceled), 503);
  EXPECT_EQ(http_status(Errc::internal), 500);
}

TEST(ErrorsTest, NothingMakesContainerdRetryInATightLoop) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    const int status = http_status(static_cast<Errc>(code));
    EXPECT_NE(status, 429);
    EXPECT_NE(status, 408);
    EXPECT_NE(status, 401) << "we have no challenge to send with it";
  }
}

TEST(ErrorsTest, NotFoundSaysWhatIsUnknown) {
  const Error error{Errc::not_found, "no such thing", 0};
  EXPECT_EQ(api_error(error, Subject::manifest).code, "MANIFEST_UNKNOWN");
  EXPECT_EQ(api_error(error, Subject::blob).code, "BLOB_UNKNOWN");
}

TEST(ErrorsTest, BodyIsTheSpecificationsList) {
  const Error error{Errc::denied, "pull of \"x\" refused", 0};
  const auto body = nlohmann::json::parse(error_body(api_error(error, Subject::blob)));
  ASSERT_EQ(body["errors"].size(), 1u);
  EXPECT_EQ(body["errors"][0]["code"], "DENIED");
  EXPECT_EQ(body["errors"][0]["message"], "pull of \"x\" refused");
  EXPECT_EQ(body["errors"][0]["detail"]["reason"], "denied");
}

TEST(ErrorsTest, BytesThatAreNotUtf8DoNotBreakTheBody) {
  const ApiError error(404, "NAME_UNKNOWN", "bad \xff\xfe bytes");
  const auto body = nlohmann::json::parse(error_body(error), nullptr, false);
  ASSERT_TRUE(body.is_object());
  EXPECT_TRUE(body["errors"][0]["detail"].is_null());
}

TEST(ErrorsTest, RateLimitKeepsTheWaitAndBecomes503) {
  const Error error{Errc::rate_limited, "slow down", 17};
  const ApiError api = api_error(error, Subject::manifest);
  EXPECT_EQ(api.code, "TOOMANYREQUESTS");
  const http::ResponseHead head = error_head(api);
  EXPECT_EQ(head.status, 503);
  EXPECT_EQ(header_of(head, "Retry-After"), "17");
  EXPECT_EQ(header_of(head, "Content-Type"), "application/json");
}

TEST(ErrorsTest, MethodNotAllowedSaysWhatIs) {
  EXPECT_EQ(header_of(error_head(ApiError(405, "UNSUPPORTED", "no")), "Allow"), "GET, HEAD");
  EXPECT_EQ(header_of(error_head(ApiError(404, "UNSUPPORTED", "no")), "Allow"), "");
}

TEST(ErrorsTest, WhatTheConfigurationDoesNotAllowIsNamed) {
  const Repository repository(*RegistryName::parse("ghcr.io"), *RepositoryName::parse("team/app"));
  const auto unknown = refusal_of(upstream::Access::unknown, repository);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->code, "NAME_UNKNOWN");
  EXPECT_NE(unknown->message.find("ghcr.io"), std::string::npos);
  const auto denied = refusal_of(upstream::Access::denied, repository);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->status, 403);
  EXPECT_EQ(denied->code, "DENIED");
  EXPECT_NE(denied->message.find("ghcr.io/team/app"), std::string::npos);
  EXPECT_FALSE(refusal_of(upstream::Access::allowed, repository));
}

}  // namespace
}  // namespace shoal::mirror
