#include "mirror/conditional.h"

namespace shoal::mirror {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

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

Result<std::optional<ByteRange>> wanted_range(const http::Request& request, const Digest& digest,
                                              std::uint64_t content_size) {
  const auto header = request.header("range");
  if (!header) return std::nullopt;
  const auto if_range = request.header("if-range");
  if (if_range && trimmed(*if_range) != entity_tag(digest)) return std::nullopt;
  auto range = parse_range(*header, content_size);
  if (range) return *range;
  if (range.error().code == Errc::not_found) return fail(range.error());
  return std::nullopt;
}

}  // namespace shoal::mirror
