#include "upstream/retry.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

using std::chrono::milliseconds;

const auto kLowest = [](std::uint64_t) { return std::uint64_t{0}; };
const auto kHighest = [](std::uint64_t bound) { return bound - 1; };

Error error(Errc code, int retry_after_s = 0) {
  return Error{code, "x", retry_after_s};
}

TEST(RetryTest, BackOffDoublesWithJitterUpToTheMaximum) {
  const RetryOptions options{10, milliseconds(100), milliseconds(1000)};
  const auto span = [&](int attempt) {
    const auto low = delay_before_retry(options, error(Errc::unavailable), attempt, kLowest);
    const auto high = delay_before_retry(options, error(Errc::unavailable), attempt, kHighest);
    return std::pair(low->count(), high->count());
  };
  EXPECT_EQ(span(1), std::pair(50L, 100L));
  EXPECT_EQ(span(2), std::pair(100L, 200L));
  EXPECT_EQ(span(3), std::pair(200L, 400L));
  EXPECT_EQ(span(9), std::pair(500L, 1000L));
}

TEST(RetryTest, EndsAfterTheLastTry) {
  const RetryOptions options;
  EXPECT_TRUE(delay_before_retry(options, error(Errc::timeout), 3, kLowest));
  EXPECT_FALSE(delay_before_retry(options, error(Errc::timeout), 4, kLowest));
}

TEST(RetryTest, OnlyWhatMayPassIsTriedAgain) {
  const RetryOptions options;
  for (const Errc code : {Errc::unavailable, Errc::timeout, Errc::rate_limited}) {
    EXPECT_TRUE(delay_before_retry(options, error(code), 1, kLowest)) << to_string(code);
  }
  for (const Errc code : {Errc::not_found, Errc::unauthorized, Errc::denied, Errc::protocol,
                          Errc::corrupt, Errc::too_large, Errc::canceled, Errc::invalid_argument}) {
    EXPECT_FALSE(delay_before_retry(options, error(code), 1, kLowest)) << to_string(code);
  }
}

TEST(RetryTest, RetryAfterIsHonouredUpToALimit) {
  const RetryOptions options;
  EXPECT_EQ(delay_before_retry(options, error(Errc::rate_limited, 7), 1, kLowest),
            milliseconds(7000));
  EXPECT_FALSE(
      delay_before_retry(options, error(Errc::rate_limited, kRetryAfterWaitMax_s + 1), 1, kLowest));
}

TEST(RetryAfterTest, NumberOrDate) {
  const auto now = std::chrono::system_clock::from_time_t(1445412480);  // 21 Oct 2015 07:28:00
  EXPECT_EQ(parse_retry_after("12", now), 12);
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:28:30 GMT", now), 30);
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:27:00 GMT", now), 0);
  EXPECT_EQ(parse_retry_after("99999999999", now), 86400);
  for (const char* bad : {"", "-5", "soon", "12s", "Wed, 99 Oct", "999999999999999999999999"}) {
    EXPECT_EQ(parse_retry_after(bad, now), 0) << bad;
  }
}

TEST(StatusTest, MapsToErrors) {
  const auto code = [](int status) { return error_of_status(ResponseHead(status), "GET x").code; };
  EXPECT_EQ(code(401), Errc::unauthorized);
  EXPECT_EQ(code(403), Errc::denied);
  EXPECT_EQ(code(404), Errc::not_found);
  EXPECT_EQ(code(429), Errc::rate_limited);
  EXPECT_EQ(code(416), Errc::protocol);
  EXPECT_EQ(code(204), Errc::protocol);
  EXPECT_EQ(code(500), Errc::unavailable);
  EXPECT_EQ(code(503), Errc::unavailable);
  ResponseHead head(429);
  head.headers.emplace_back("retry-after", "3");
  EXPECT_EQ(error_of_status(head, "GET x").retry_after_s, 3);
  EXPECT_EQ(error_of_status(head, "GET x").message, "GET x: the registry answered 429");
}

}  // namespace
}  // namespace shoal::upstream
