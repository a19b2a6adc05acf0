#include "base/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/text.h"

namespace shoal {
namespace {

constexpr std::string_view kUnit = "bytes=";

// Range units are case-insensitive (RFC 9110, 14.1).
bool starts_with_unit(std::string_view header) {
  return header.size() >= kUnit.size() &&
         std::equal(kUnit.begin(), kUnit.end(), header.begin(), [](char want, char got) {
           return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got - 'A' + 'a') : got);
         });
}

// All digits, no sign. A number that does not fit is well formed, only far outside any content.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || stop != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

Result<ByteRange> parse_range(std::string_view header, std::uint64_t content_size) {
  const auto malformed = [] { return fail(Errc::invalid_argument, "malformed Range"); };
  const auto unsatisfiable = [] { return fail(Errc::not_found, "Range is outside the content"); };

  header = trimmed(header);
  if (!starts_with_unit(header)) return malformed();
  const std::string_view spec = trimmed(header.substr(kUnit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos)
    return malformed();
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);

  if (first_text.empty()) {  // "-n": the last n bytes
    const auto suffix = parse_number(last_text);
    if (!suffix) return malformed();
    const std::uint64_t size = std::min(*suffix, content_size);
    if (size == 0) return unsatisfiable();
    return ByteRange{content_size - size, size};
  }
  const auto first = parse_number(first_text);
  if (!first) return malformed();
  std::uint64_t last = content_size == 0 ? 0 : content_size - 1;
  if (!last_text.empty()) {
    const auto asked = parse_number(last_text);
    if (!asked) return malformed();
    if (*asked < *first) return unsatisfiable();
    last = std::min(last, *asked);
  }
  if (*first >= content_size) return unsatisfiable();
  return ByteRange{*first, last - *first + 1};
}

}  // namespace shoal
