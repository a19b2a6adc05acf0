#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal {

// Bytes [offset, offset + size).
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  std::uint64_t end() const { return offset + size; }
  bool empty() const { return size == 0; }
  auto operator<=>(const ByteRange&) const = default;
};

// The most ranges that one header may ask for: as many as fit into a header of ours.
inline constexpr std::size_t kRangesMax = 1024;

// What an HTTP Range header asks of content of `content_size` bytes: at least one range. An overlong
// end is clipped. Ranges that overlap, touch, or lie at most `gap_max` bytes apart become one; those
// outside the content are left out; the rest stay in the order they were asked for.
// Errors  invalid_argument: not well-formed "bytes=" ranges: RFC 9110 says to ignore the header;
//         not_found: well formed, but no byte of the content is in it: answer 416;
//         too_large: more than kRangesMax ranges.
// Source  RFC 9110, 14.1, 14.2 and 15.3.7.2.
Result<std::vector<ByteRange>> parse_ranges(std::string_view header, std::uint64_t content_size,
                                            std::uint64_t gap_max);

}  // namespace shoal
