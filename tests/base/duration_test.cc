#include "base/duration.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;

TEST(DurationTest, ReadsWholeNumbersWithAUnit) {
  const std::pair<const char*, std::int64_t> cases[] = {{"0s", 0},
                                                        {"0ms", 0},
                                                        {"500ms", 500},
                                                        {"30s", 30000},
                                                        {"5m", 300000},
                                                        {"1h", 3600000},
                                                        {"007s", 7000},
                                                        {"8784h", 31622400000},
                                                        {"1ms", 1},
                                                        {"90m", 5400000},
                                                        {"31622400s", 31622400000}};
  for (const auto& [text, want] : cases) {
    const auto got = parse_duration(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->count(), want) << text;
  }
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const char* const text :
       {"", "s", "0", "30", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1sec", "1h30m", "1d",
        "0x1s", "8785h", "31622401s", "18446744073709551615h", "99999999999999999999999s"}) {
    const auto got = parse_duration(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
    EXPECT_THAT(got.error().message, testing::HasSubstr("\"" + std::string(text) + "\""));
  }
}

TEST(DurationTest, FormatsTheShortestTextThatReadsBack) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0s"},     {1, "1ms"},     {999, "999ms"},  {1000, "1s"},     {1500, "1500ms"},
      {60000, "1m"}, {90000, "90s"}, {3600000, "1h"}, {5400000, "90m"}, {86400000, "24h"}};
  for (const auto& [count, want] : cases) {
    EXPECT_EQ(format_duration(milliseconds(count)), want);
    EXPECT_EQ(parse_duration(want)->count(), count);
  }
}

}  // namespace
}  // namespace shoal
