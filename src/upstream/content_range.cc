#include "upstream/content_range.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

#include "base/descriptor.h"

namespace shoal::upstream {
namespace {

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;  // nullopt: "*"
};

auto bad(std::string why) {
  return fail(Errc::protocol, std::move(why));
}

bool take_number(std::string_view& text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_text(std::string_view& text, std::string_view expected) {
  if (text.substr(0, expected.size()) != expected) return false;
  text.remove_prefix(expected.size());
  return true;
}

Result<ContentRange> parse_content_range(std::string_view text) {
  ContentRange out;
  std::uint64_t total = 0;
  const bool begins = take_text(text, "bytes ") && take_number(text, out.first) &&
                      take_text(text, "-") && take_number(text, out.last) && take_text(text, "/");
  if (!begins) return bad("Content-Range is malformed");
  if (text != "*") {
    if (!take_number(text, total) || !text.empty()) return bad("Content-Range is malformed");
    out.total = total;
  }
  const bool possible = out.first <= out.last && (!out.total || out.last < *out.total);
  if (!possible) return bad("Content-Range contradicts itself");
  return out;
}

Result<ByteRange> partial(const ResponseHead& head, ByteRange asked) {
  const auto header = head.header("content-range");
  if (!header) return bad("206 came without a Content-Range");
  const auto got = parse_content_range(*header);
  if (!got) return fail(got.error());
  if (got->first != asked.offset || got->last != asked.end() - 1) {
    return bad(fmt::format("bytes {}-{} were asked for and {}-{} came", asked.offset,
                           asked.end() - 1, got->first, got->last));
  }
  if (head.content_length && *head.content_length != asked.size) {
    return bad(fmt::format("Content-Length {} contradicts a range of {} bytes",
                           *head.content_length, asked.size));
  }
  return asked;
}

Result<ByteRange> whole(const ResponseHead& head, ByteRange asked) {
  if (!head.content_length) {
    if (asked.offset == 0) return asked;
    return bad("the whole blob came in place of a range, without its length");
  }
  if (*head.content_length > kBlobBytesMax) return fail(Errc::too_large, "the blob is over 4 TiB");
  if (*head.content_length < asked.end()) {
    return bad(fmt::format("the blob has {} bytes there, and bytes up to {} were asked for",
                           *head.content_length, asked.end()));
  }
  return ByteRange{0, *head.content_length};
}

}  // namespace

Result<void> require_identity(const ResponseHead& head) {
  const auto encoding = head.header("content-encoding");
  if (encoding && !encoding->empty() && *encoding != "identity") {
    return bad("the body came encoded, which was not asked for");
  }
  return {};
}

Result<ByteRange> coming_range(const ResponseHead& head, ByteRange asked) {
  if (auto identity = require_identity(head); !identity) return fail(identity.error());
  return head.status == 206 ? partial(head, asked) : whole(head, asked);
}

Result<std::uint64_t> total_of_content_range(std::string_view header) {
  const auto range = parse_content_range(header);
  if (!range) return fail(range.error());
  if (!range->total) return bad("Content-Range does not say the total size");
  return *range->total;
}

}  // namespace shoal::upstream
