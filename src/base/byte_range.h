#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

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

// What an HTTP Range header with a single range asks of content of `content_size` bytes.
// An overlong end is clipped.
// Errors  invalid_argument: not a single well-formed "bytes=" range: RFC 9110 says to ignore it.
//         not_found: well formed, but no byte of the content is in it: answer 416.
// Source  RFC 9110, 14.1 and 14.2.
Result<ByteRange> parse_range(std::string_view header, std::uint64_t content_size);

}  // namespace shoal
