#include "base/bytes.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace shoal {
namespace {

// Up to here a double counts every single byte.
constexpr double kByteCountMax = 9007199254740992.0;  // 2^53, 8 PiB

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out += kDigits[std::to_integer<std::size_t>(b >> 4)];
    out += kDigits[std::to_integer<std::size_t>(b & std::byte{15})];
  }
  return out;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  // The one place where bytes become characters.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::uint64_t> parse_byte_count(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a byte count; write it as 4096, 64MiB or 1.5GiB",
                            printable(text)));
  };
  // A first digit leaves out signs, "inf" and "nan", which from_chars would take.
  if (text.empty() || text.front() < '0' || text.front() > '9') return bad();
  double number = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, number, std::chars_format::fixed);
  if (error != std::errc()) return bad();
  const std::string_view unit = trimmed({end, static_cast<std::size_t>(stop - end)});

  static constexpr std::array<std::pair<std::string_view, double>, 10> kUnits{
      {{"", 1},
       {"B", 1},
       {"KiB", 1024},
       {"MiB", 1048576},
       {"GiB", 1073741824},
       {"TiB", 1099511627776.0},
       {"KB", 1e3},
       {"MB", 1e6},
       {"GB", 1e9},
       {"TB", 1e12}}};
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    const double bytes = number * factor;
    if (bytes > kByteCountMax) return bad();
    return static_cast<std::uint64_t>(std::llround(bytes));
  }
  return bad();
}

std::string format_byte_count(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace shoal
