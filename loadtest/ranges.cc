#include "loadtest/ranges.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace shoal::loadtest {

std::uint64_t chunk_count(std::uint64_t content_bytes, std::uint64_t chunk_bytes) {
  return content_bytes / chunk_bytes + (content_bytes % chunk_bytes == 0 ? 0 : 1);
}

ByteRange chunk_at(std::uint64_t number, std::uint64_t content_bytes, std::uint64_t chunk_bytes) {
  const std::uint64_t offset = number * chunk_bytes;
  return {offset, std::min(chunk_bytes, content_bytes - offset)};
}

std::string open_ended_range(std::uint64_t offset) {
  return fmt::format("bytes={}-", offset);
}

Result<std::uint64_t> bytes_to_skip(const AnswerShape& answer, std::uint64_t offset,
                                    std::uint64_t content_bytes, bool is_ranged) {
  const bool is_partial = answer.status == 206;
  if (is_partial && !is_ranged) {
    return fail(Errc::protocol, "206 came though no range was asked for");
  }
  if (is_partial) {
    const auto expected = fmt::format("bytes {}-{}/{}", offset, content_bytes - 1, content_bytes);
    if (answer.content_range != expected) {
      return fail(Errc::protocol, fmt::format("the answer's Content-Range is \"{}\", not \"{}\"",
                                              printable(answer.content_range), expected));
    }
  }
  const std::uint64_t expected_length = is_partial ? content_bytes - offset : content_bytes;
  if (answer.content_length && *answer.content_length != expected_length) {
    return fail(Errc::protocol, fmt::format("the answer's Content-Length is {}, not {}",
                                            *answer.content_length, expected_length));
  }
  return is_partial ? 0 : offset;
}

}  // namespace shoal::loadtest
