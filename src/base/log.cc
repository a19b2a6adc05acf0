#include "base/log.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

// A JSON line's fields follow the message behind this byte, which no message can contain: it would
// be escaped like any other control character.
constexpr char kFieldsFollow = '\x1e';

// The message as a JSON string, then the fields as further members.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view payload(message.payload.data(), message.payload.size());
    const auto split = payload.find(kFieldsFollow);
    const std::string text = json_quoted(payload.substr(0, split));
    out.append(text.data(), text.data() + text.size());
    if (split == std::string_view::npos) return;
    const std::string_view fields = payload.substr(split + 1);
    out.append(fields.data(), fields.data() + fields.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

}  // namespace

Result<void> configure_logging(LogFormat format, std::string_view level) {
  static constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn", "error"};
  const auto found = std::find(kLevels.begin(), kLevels.end(), level);
  if (found == kLevels.end()) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a log level; want trace, debug, info, warn or error", level));
  }
  auto logger = std::make_shared<spdlog::logger>("shoal",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (format == LogFormat::json) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":%*})");
    logger->set_formatter(std::move(formatter));
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc);
  }
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
  raw(name, fmt::format("{:.3f}", value));
  return *this;
}

void LogLine::write() {
  std::string line = message_;
  if (active_format == LogFormat::json && !fields_.empty()) line += kFieldsFollow;
  line += fields_;
  spdlog::log(static_cast<spdlog::level::level_enum>(level_), "{}", line);
}

}  // namespace shoal
