#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

enum class LogFormat { text, json };

// Sets up the process's logger: to stderr, one line an event, as text or as JSON lines
// {"ts","level","msg", ...fields}. `level` is one of trace, debug, info, warn, error.
// Errors  invalid_argument: no such level.
// Thread  call once, from main, before any other thread logs.
Result<void> configure_logging(LogFormat format, std::string_view level);

// One log line with named fields, built up and then written:
//   LogLine(spdlog::level::info, "request").field("status", 200).field("path", path).write();
// As text: `request status=200 path=/v2/`, values with spaces quoted; as JSON: members of the
// object. Whatever message and values hold, what comes out is one line, and with JSON one valid
// object: control bytes and bytes over 0x7e are escaped, numbers JSON has no word for are null.
class LogLine {
 public:
  LogLine(int level, std::string_view message);
  LogLine& field(std::string_view name, std::string_view value);
  LogLine& field(std::string_view name, long long value);
  LogLine& field(std::string_view name, unsigned long long value);
  LogLine& field(std::string_view name, double value);
  LogLine& field(std::string_view name, bool value);
  LogLine& field(std::string_view name, const char* value) {
    return field(name, std::string_view(value));
  }
  // Every other width of integer.
  template <std::integral Integer>
  LogLine& field(std::string_view name, Integer value) {
    if constexpr (std::signed_integral<Integer>) {
      return field(name, static_cast<long long>(value));
    } else {
      return field(name, static_cast<unsigned long long>(value));
    }
  }
  void write();

 private:
  void raw(std::string_view name, std::string_view rendered);
  int level_;
  std::string message_;
  std::string fields_;
};

}  // namespace shoal
