#pragma once

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
// As text: `request status=200 path=/v2/`, values with spaces quoted; as JSON: members of the object.
class LogLine {
 public:
  LogLine(int level, std::string_view message);
  LogLine& field(std::string_view name, std::string_view value);
  LogLine& field(std::string_view name, long long value);
  LogLine& field(std::string_view name, unsigned long long value);
  LogLine& field(std::string_view name, double value);
  void write();

 private:
  void raw(std::string_view name, std::string_view rendered);
  int level_;
  std::string message_;
  std::string fields_;
};

}  // namespace shoal
