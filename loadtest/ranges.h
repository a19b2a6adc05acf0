#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_range.h"

namespace shoal::loadtest {

// How many chunks of `chunk_bytes` (over 0) make up `content_bytes`; the last may be shorter.
std::uint64_t chunk_count(std::uint64_t content_bytes, std::uint64_t chunk_bytes);
// Chunk `number` of them, `number` < chunk_count().
ByteRange chunk_at(std::uint64_t number, std::uint64_t content_bytes, std::uint64_t chunk_bytes);

// What is asked for: "bytes=512-". containerd never names an end.
std::string open_ended_range(std::uint64_t offset);

// What an answer's status and headers say about its body.
struct AnswerShape {
  int status = 0;
  std::string_view content_range;               // empty where there is none
  std::optional<std::uint64_t> content_length;  // nullopt: it ends with the connection, or chunked
};

// How many bytes of the body come before `offset` and are to be skipped: 0 for the range that was
// asked for, `offset` for a server that sends the whole content instead. `is_ranged` says whether a
// range was asked for.
// Errors  protocol: another range, or a length that contradicts `content_bytes`.
// Source  RFC 9110, 14.2 and 14.4.
Result<std::uint64_t> bytes_to_skip(const AnswerShape& answer, std::uint64_t offset,
                                    std::uint64_t content_bytes, bool is_ranged);

}  // namespace shoal::loadtest
