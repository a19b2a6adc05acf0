#include "mirror/list_query.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "http/url.h"

namespace shoal::mirror {
namespace {

constexpr std::size_t kParametersMax = 16;
constexpr std::size_t kQueryBytesMax = 4 * 1024;

// Both may stand in a query, and repositories and digests are full of them.
constexpr std::string_view kPlainInQuery = "/:";

}  // namespace

tl::expected<ListQuery, ApiError> list_query(const http::Request& request) {
  ListQuery query;
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.query) {
    if (name == "ns") continue;
    bytes += name.size() + value.size();
    query.emplace_back(name, value);
  }
  if (query.size() <= kParametersMax && bytes <= kQueryBytesMax) return query;
  return tl::unexpected<ApiError>(ApiError(400, "UNSUPPORTED", "the query is too long"));
}

tl::expected<TagWindow, ApiError> tag_window(const ListQuery& query) {
  TagWindow window;
  for (const auto& [name, value] : query) {
    if (name == "last") window.last = value;
    if (name != "n") continue;
    std::uint64_t count = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, count);
    if (error != std::errc() || stop != end) {
      return tl::unexpected<ApiError>(
          ApiError(400, "PAGINATION_NUMBER_INVALID", "n is not a number of tags"));
    }
    window.count = count;
  }
  return window;
}

std::string to_text(const ListQuery& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += percent_encode(name, kPlainInQuery) + "=" + percent_encode(value, kPlainInQuery);
  }
  return out;
}

std::string next_link(const std::string& path, const std::string& query,
                      std::optional<std::string_view> ns) {
  // Decoded and encoded again: nothing else gets from a registry's link into ours.
  ListQuery next = http::parse_target("/?" + query).query;
  std::erase_if(next, [](const auto& parameter) { return parameter.first == "ns"; });
  if (next.empty()) return {};
  if (ns) next.emplace_back("ns", *ns);
  return "<" + path + "?" + to_text(next) + ">; rel=\"next\"";
}

}  // namespace shoal::mirror
