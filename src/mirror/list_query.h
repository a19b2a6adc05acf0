#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "http/server.h"
#include "mirror/errors.h"
#include "mirror/tag_page.h"

namespace shoal::mirror {

// A request's query without `ns`, which is ours: what goes on to the registry.
// Registries mark their pages with names of their own, so all others are passed on.
using ListQuery = std::vector<std::pair<std::string, std::string>>;

// Errors  400: more than 16 of them, or over 4 KiB.
tl::expected<ListQuery, ApiError> list_query(const http::Request& request);

// `n` and `last` of a query.
// Errors  400 PAGINATION_NUMBER_INVALID: `n` is not a number.
tl::expected<TagWindow, ApiError> tag_window(const ListQuery& query);

// Percent-encoded.
std::string to_text(const ListQuery& query);

// The Link header's value for the page at `path` with `query`, as sent by the registry (percent-encoded):
// it leads to us, and to the registry `ns` if the request named one.
// Source  OCI distribution-spec 1.1, "Listing Tags"; RFC 8288.
std::string next_link(const std::string& path, const std::string& query,
                      std::optional<std::string_view> ns);

}  // namespace shoal::mirror
