#include "base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace shoal {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

// From the largest: format_duration() takes the first that divides.
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::int64_t kMillisecondsMax = std::chrono::milliseconds(kDurationMax).count();

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(Errc::invalid_argument, fmt::format("\"{}\" {}", printable(text), why));
  };
  constexpr std::string_view kForm = "is not a duration; write it as 500ms, 30s, 5m or 1h";
  std::uint64_t number = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, number);
  if (error == std::errc::result_out_of_range) return bad("is over a year; write a shorter one");
  if (error != std::errc()) return bad(kForm);

  const std::string_view unit_name(end, static_cast<std::size_t>(stop - end));
  for (const Unit& unit : kUnits) {
    if (unit_name != unit.name) continue;
    if (number > static_cast<std::uint64_t>(kMillisecondsMax / unit.milliseconds)) {
      return bad("is over a year; write a shorter one");
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(number) * unit.milliseconds);
  }
  return bad(kForm);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (count % unit.milliseconds == 0) {
      return fmt::format("{}{}", count / unit.milliseconds, unit.name);
    }
  }
  return fmt::format("{}ms", count);
}

}  // namespace shoal
