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

auto malformed() {
  return fail(Errc::invalid_argument, "malformed Range");
}

auto unsatisfiable() {
  return fail(Errc::not_found, "Range is outside the content");
}

// "a-b", "a-" or "-n".   Errors  invalid_argument, not_found, as parse_ranges().
Result<ByteRange> parse_spec(std::string_view spec, std::uint64_t content_size) {
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return malformed();
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

// A range and its place among those that were asked for.
struct Placed {
  ByteRange range;
  std::size_t place;
};

std::vector<ByteRange> coalesced(std::vector<Placed> ranges, std::uint64_t gap_max) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Placed& a, const Placed& b) { return a.range < b.range; });
  std::vector<Placed> merged;
  for (const Placed& each : ranges) {
    const std::uint64_t end = merged.empty() ? 0 : merged.back().range.end();
    const bool apart = each.range.offset > end && each.range.offset - end > gap_max;
    if (merged.empty() || apart) {
      merged.push_back(each);
      continue;
    }
    Placed& last = merged.back();
    last.range.size = std::max(last.range.end(), each.range.end()) - last.range.offset;
    last.place = std::min(last.place, each.place);
  }
  std::sort(merged.begin(), merged.end(),
            [](const Placed& a, const Placed& b) { return a.place < b.place; });
  std::vector<ByteRange> out;
  for (const Placed& each : merged) out.push_back(each.range);
  return out;
}

}  // namespace

Result<std::vector<ByteRange>> parse_ranges(std::string_view header, std::uint64_t content_size,
                                            std::uint64_t gap_max) {
  std::string_view rest = trimmed(header);
  if (!starts_with_unit(rest)) return malformed();
  rest.remove_prefix(kUnit.size());
  std::vector<Placed> ranges;
  std::size_t count = 0;
  bool more = true;
  while (more) {
    const auto comma = rest.find(',');
    const std::string_view spec = trimmed(rest.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    if (spec.empty()) continue;  // lists may hold empty elements: RFC 9110, 5.6.1.2
    if (++count > kRangesMax) return fail(Errc::too_large, "Range asks for too many ranges");
    const auto range = parse_spec(spec, content_size);
    if (range) ranges.push_back({*range, count});
    if (!range && range.error().code != Errc::not_found) return fail(range.error());
  }
  if (count == 0) return malformed();
  if (ranges.empty()) return unsatisfiable();
  return coalesced(std::move(ranges), gap_max);
}

}  // namespace shoal
