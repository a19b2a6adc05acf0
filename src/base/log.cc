#include "base/log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.h"

namespace shoal {
namespace {

LogFormat active_format = LogFormat::text;

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code >= 0x7f) {
      // Latin-1 escapes keep a hostile path from breaking the line or its encoding.
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The rendered fields of the LogLine this thread is writing just now: they reach the formatter
// beside the message, so that nothing inside a message can pass for fields.
thread_local const std::string* json_fields = nullptr;

// The message as a JSON string, then the fields as further members.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text = json_quoted({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
    if (json_fields) out.append(json_fields->data(), json_fields->data() + json_fields->size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

// The message on one line, whatever it holds.
class TextMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text =
        printable({message.payload.data(), message.payload.size()}, message.payload.size());
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<TextMessage>();
  }
};

std::unique_ptr<spdlog::formatter> formatter_of(LogFormat format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (format == LogFormat::json) {
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":%*})");
  } else {
    formatter->add_flag<TextMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %*");
  }
  return formatter;
}

}  // namespace

Result<void> configure_logging(LogFormat format, std::string_view level) {
  static constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn",
                                                           "error"};
  const auto found = std::find(kLevels.begin(), kLevels.end(), level);
  if (found == kLevels.end()) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a log level; want trace, debug, info, warn or error",
                            printable(level)));
  }
  auto logger =
      std::make_shared<spdlog::logger>("shoal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(formatter_of(format));
  logger->set_level(spdlog::level::from_str(*found == "warn" ? "warning" : std::string(*found)));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  active_format = format;
  return {};
}

LogLine::LogLine(int level, std::string_view message) : level_(level), message_(message) {}

void LogLine::raw(std::string_view name, std::string_view rendered) {
  if (active_format == LogFormat::json) {
    fields_ += fmt::format(",{}:{}", json_quoted(name), rendered);
  } else {
    fields_ += fmt::format(" {}={}", name, rendered);
  }
}

LogLine& LogLine::field(std::string_view name, std::string_view value) {
  const bool plain = active_format == LogFormat::text && !value.empty() &&
                     std::all_of(value.begin(), value.end(), [](char c) {
                       return c > ' ' && c < 0x7f && c != '"' && c != '\\';
                     });
  raw(name, plain ? std::string(value) : json_quoted(value));
  return *this;
}

LogLine& LogLine::field(std::string_view name, long long value) {
  raw(name, fmt::format("{}", value));
  return *this;
}

LogLine& LogLine::field(std::string_view name, unsigned long long value) {
  raw(name, fmt::format("{}", value));
  return *this;
}

LogLine& LogLine::field(std::string_view name, double value) {
  // JSON has no word for infinity.
  raw(name, std::isfinite(value) ? fmt::format("{:.3f}", value) : "null");
  return *this;
}

LogLine& LogLine::field(std::string_view name, bool value) {
  raw(name, value ? "true" : "false");
  return *this;
}

void LogLine::write() {
  const auto level = static_cast<spdlog::level::level_enum>(level_);
  if (active_format == LogFormat::json) {
    json_fields = &fields_;
    spdlog::log(level, "{}", message_);
    json_fields = nullptr;
  } else {
    spdlog::log(level, "{}", message_ + fields_);
  }
}

}  // namespace shoal
