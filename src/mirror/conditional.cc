#include "mirror/conditional.h"

#include <string_view>

#include "base/text.h"

namespace shoal::mirror {

std::string entity_tag(const Digest& digest) {
  return '"' + digest.text() + '"';
}

bool client_has(const http::Request& request, const Digest& digest) {
  const auto header = request.header("if-none-match");
  if (!header) return false;
  const std::string tag = entity_tag(digest);
  std::string_view rest = *header;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view candidate = trimmed(rest.substr(0, comma));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == "*" || candidate == tag) return true;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return false;
}

Result<std::vector<ByteRange>> wanted_ranges(const http::Request& request, const Digest& digest,
                                             std::uint64_t content_size) {
  const std::vector<ByteRange> whole;
  const auto header = request.header("range");
  if (!header) return whole;
  const auto if_range = request.header("if-range");
  if (if_range && trimmed(*if_range) != entity_tag(digest)) return whole;
  auto ranges = parse_ranges(*header, content_size, kRangeGapMax);
  if (!ranges && ranges.error().code == Errc::invalid_argument) return whole;
  return ranges;
}

}  // namespace shoal::mirror
