#include "base/byte_range.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shoal {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

struct Case {
  std::string header;
  std::uint64_t content_size;
  std::optional<ByteRange> want;
  Errc error = Errc::internal;
};

class ParseRangeTest : public testing::TestWithParam<Case> {};

TEST_P(ParseRangeTest, AnswersAsRfc9110Says) {
  const Case& c = GetParam();
  const auto got = parse_ranges(c.header, c.content_size, 0);
  ASSERT_EQ(got.has_value(), c.want.has_value()) << c.header;
  if (c.want) {
    EXPECT_EQ(*got, std::vector<ByteRange>{*c.want}) << c.header;
  } else {
    EXPECT_EQ(got.error().code, c.error) << c.header;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Good, ParseRangeTest,
    testing::Values(Case{"bytes=0-0", 10, ByteRange{0, 1}}, Case{"bytes=0-9", 10, ByteRange{0, 10}},
                    Case{"bytes=3-", 10, ByteRange{3, 7}}, Case{"bytes=-4", 10, ByteRange{6, 4}},
                    Case{"bytes=-40", 10, ByteRange{0, 10}},
                    Case{"bytes=5-99", 10, ByteRange{5, 5}}, Case{"bytes=9-9", 10, ByteRange{9, 1}},
                    Case{"Bytes=1-2", 10, ByteRange{1, 2}},
                    Case{" bytes= 1-2 ", 10, ByteRange{1, 2}},
                    Case{"bytes=0-18446744073709551615", 10, ByteRange{0, 10}},
                    Case{"bytes=0-99999999999999999999999", 10, ByteRange{0, 10}},
                    Case{"bytes=-99999999999999999999999", 10, ByteRange{0, 10}},
                    Case{"bytes=0-", kHuge, ByteRange{0, kHuge}},
                    Case{"bytes=1-18446744073709551615", kHuge, ByteRange{1, kHuge - 1}}));

INSTANTIATE_TEST_SUITE_P(
    Unsatisfiable, ParseRangeTest,
    testing::Values(
        Case{"bytes=10-", 10, {}, Errc::not_found}, Case{"bytes=10-12", 10, {}, Errc::not_found},
        Case{"bytes=-0", 10, {}, Errc::not_found}, Case{"bytes=5-4", 10, {}, Errc::not_found},
        Case{"bytes=0-", 0, {}, Errc::not_found}, Case{"bytes=0-0", 0, {}, Errc::not_found},
        Case{"bytes=-1", 0, {}, Errc::not_found},
        Case{"bytes=99999999999999999999999-", 10, {}, Errc::not_found}));

INSTANTIATE_TEST_SUITE_P(
    Malformed, ParseRangeTest,
    testing::Values(Case{"", 10, {}, Errc::invalid_argument},
                    Case{"bytes", 10, {}, Errc::invalid_argument},
                    Case{"bytes=", 10, {}, Errc::invalid_argument},
                    Case{"bytes=-", 10, {}, Errc::invalid_argument},
                    Case{"bytes=--1", 10, {}, Errc::invalid_argument},
                    Case{"bytes=1--2", 10, {}, Errc::invalid_argument},
                    Case{"bytes=+1-2", 10, {}, Errc::invalid_argument},
                    Case{"bytes=1 - 2", 10, {}, Errc::invalid_argument},
                    Case{"bytes=0x1-2", 10, {}, Errc::invalid_argument},
                    Case{"bytes=1-2x", 10, {}, Errc::invalid_argument},
                    Case{"bytes=0-1,x", 10, {}, Errc::invalid_argument},
                    Case{"bytes=,", 10, {}, Errc::invalid_argument},
                    Case{"bytes=0-1;4-5", 10, {}, Errc::invalid_argument},
                    Case{"items=0-1", 10, {}, Errc::invalid_argument},
                    Case{"bytes 0-1", 10, {}, Errc::invalid_argument},
                    Case{std::string("bytes=0-1\0", 10), 10, {}, Errc::invalid_argument},
                    Case{std::string(100000, '-'), 10, {}, Errc::invalid_argument}));

struct SetCase {
  std::string header;
  std::vector<ByteRange> want;
};

TEST(ParseRangesTest, SeveralRangesKeepTheirOrderAndJoinWhereTheyTouch) {
  const SetCase cases[] = {
      {"bytes=0-0,-1", {{0, 1}, {99, 1}}},
      {"bytes=50-59,0-9", {{50, 10}, {0, 10}}},
      {"bytes=0-9,10-19", {{0, 20}}},
      {"bytes=10-19,0-9,90-", {{0, 20}, {90, 10}}},
      {"bytes=0-50,10-20,30-60", {{0, 61}}},
      {"bytes=60-,0-4,0-4,0-4", {{60, 40}, {0, 5}}},
      {"bytes=0-1 ,\t8-9", {{0, 2}, {8, 2}}},
      {"bytes=0-1,,8-9,", {{0, 2}, {8, 2}}},
      {"bytes=100-,7-3,-0,5-5", {{5, 1}}},
      {"bytes=0-0,4-4", {{0, 1}, {4, 1}}},
      {"bytes=0-0,3-3", {{0, 4}}},
  };
  for (const SetCase& each : cases) {
    const auto got = parse_ranges(each.header, 100, 2);
    ASSERT_TRUE(got) << each.header;
    EXPECT_EQ(*got, each.want) << each.header;
  }
}

TEST(ParseRangesTest, ASetWithNothingInsideIsUnsatisfiable) {
  const auto got = parse_ranges("bytes=100-,7-3", 100, 0);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::not_found);
}

TEST(ParseRangesTest, TooManyRangesAreRefusedAndTheMostAreNot) {
  std::string header = "bytes=0-0";
  for (std::size_t i = 1; i < kRangesMax; ++i)
    header += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  const auto most = parse_ranges(header, 1 << 20, 0);
  ASSERT_TRUE(most);
  EXPECT_EQ(most->size(), kRangesMax);
  const auto more = parse_ranges(header + ",9999-9999", 1 << 20, 0);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::too_large);
}

TEST(ByteRangeTest, EndIsOneAfterTheLastByte) {
  EXPECT_EQ((ByteRange{3, 4}.end()), 7U);
  EXPECT_TRUE(ByteRange{}.empty());
  EXPECT_FALSE((ByteRange{0, 1}.empty()));
}

}  // namespace
}  // namespace shoal
