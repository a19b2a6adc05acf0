#include "base/log.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;

// What `write` puts on stderr, line by line.
template <class Write>
std::vector<std::string> lines_of(LogFormat format, std::string_view level, Write write) {
  EXPECT_TRUE(configure_logging(format, level));
  testing::internal::CaptureStderr();
  write();
  std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  if (!text.empty()) text.pop_back();
  return split(text, '\n');
}

// The one line, which must be one JSON object.
template <class Write>
json object_of(Write write) {
  const auto lines = lines_of(LogFormat::json, "trace", write);
  EXPECT_EQ(lines.size(), 1U);
  if (lines.size() != 1) return {};
  json object = json::parse(lines.front(), nullptr, false);
  EXPECT_TRUE(object.is_object()) << lines.front();
  return object;
}

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts{"quote\" and \\ backslash",
                                              "new\nline\r\n",
                                              std::string("nul\0nul", 7),
                                              "\x1b[31mred",
                                              "separators\x1e,\"msg\":\"x\"",
                                              "caf\xc3\xa9",
                                              "broken utf-8 \xff\xfe\xc3",
                                              "{} {0} %s %* %v",
                                              "\x7f",
                                              ""};
  return texts;
}

TEST(LogTest, JsonLineHasTimeLevelMessageAndFields) {
  const json object = object_of([] {
    LogLine(spdlog::level::info, "request")
        .field("status", 200)
        .field("path", "/v2/")
        .field("sent", std::size_t{18})
        .field("seconds", 0.25)
        .field("cached", true)
        .write();
  });
  EXPECT_THAT(object["ts"].get<std::string>(), MatchesRegex("[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z"));
  EXPECT_EQ(object["level"], "info");
  EXPECT_EQ(object["msg"], "request");
  EXPECT_EQ(object["status"], 200);
  EXPECT_EQ(object["path"], "/v2/");
  EXPECT_EQ(object["sent"], 18);
  EXPECT_EQ(object["seconds"], 0.25);
  EXPECT_EQ(object["cached"], true);
}

TEST(LogTest, HostileValuesStayInsideTheirJsonString) {
  for (const std::string& text : hostile_texts()) {
    const json object = object_of([&] {
      LogLine(spdlog::level::warn, "request").field("path", text).field("after", 1).write();
    });
    EXPECT_EQ(object.size(), 5U) << text;
    EXPECT_EQ(object["msg"], "request");
    EXPECT_TRUE(object["path"].is_string());
    EXPECT_EQ(object["after"], 1);
  }
}

TEST(LogTest, HostileMessagesStayInsideTheirJsonString) {
  for (const std::string& text : hostile_texts()) {
    EXPECT_EQ(object_of([&] { spdlog::error("{}", text); }).size(), 3U) << text;
    EXPECT_EQ(object_of([&] { LogLine(spdlog::level::err, text).write(); }).size(), 3U) << text;
  }
}

TEST(LogTest, FieldsOfOneLineDoNotLeakIntoTheNext) {
  const auto lines = lines_of(LogFormat::json, "info", [] {
    LogLine(spdlog::level::info, "first").field("a", 1).write();
    spdlog::info("second");
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_FALSE(json::parse(lines[1]).contains("a"));
}

TEST(LogTest, NumbersJsonCannotSayAreNull) {
  const json object = object_of([] {
    LogLine(spdlog::level::info, "x")
        .field("inf", std::numeric_limits<double>::infinity())
        .field("nan", std::nan(""))
        .field("min", std::numeric_limits<long long>::min())
        .field("max", std::numeric_limits<unsigned long long>::max())
        .write();
  });
  EXPECT_TRUE(object["inf"].is_null());
  EXPECT_TRUE(object["nan"].is_null());
  EXPECT_EQ(object["min"], std::numeric_limits<long long>::min());
  EXPECT_EQ(object["max"], std::numeric_limits<unsigned long long>::max());
}

TEST(LogTest, TextLineQuotesOnlyWhatNeedsIt) {
  const auto lines = lines_of(LogFormat::text, "info", [] {
    LogLine(spdlog::level::info, "request").field("path", "/v2/").field("agent", "a b").write();
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr(" info    request path=/v2/ agent=\"a b\""));
}

TEST(LogTest, TextLineIsOneLineWhateverItHolds) {
  for (const std::string& text : hostile_texts()) {
    const auto lines = lines_of(LogFormat::text, "info", [&] {
      spdlog::error("said {}", text);
      LogLine(spdlog::level::err, text).field("value", text).write();
    });
    EXPECT_EQ(lines.size(), 2U) << text;
    for (const std::string& line : lines) {
      EXPECT_EQ(line.find_first_of(std::string("\r\x1b\x1e\x7f\0", 5)), std::string::npos) << line;
    }
  }
}

TEST(LogTest, LevelHidesWhatIsBelowIt) {
  const auto write = [] {
    spdlog::debug("d");
    spdlog::info("i");
    spdlog::warn("w");
    spdlog::error("e");
  };
  EXPECT_EQ(lines_of(LogFormat::text, "debug", write).size(), 4U);
  EXPECT_EQ(lines_of(LogFormat::text, "info", write).size(), 3U);
  EXPECT_EQ(lines_of(LogFormat::text, "warn", write).size(), 2U);
  EXPECT_EQ(lines_of(LogFormat::text, "error", write).size(), 1U);
}

TEST(LogTest, UnknownLevelIsRefusedByName) {
  for (const char* level : {"", "verbose", "INFO", "warning", "off"}) {
    const auto result = configure_logging(LogFormat::text, level);
    ASSERT_FALSE(result) << level;
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
    EXPECT_THAT(result.error().message, HasSubstr("\"" + std::string(level) + "\""));
  }
}

}  // namespace
}  // namespace shoal
