#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::mirror {

// What of a list of tags a client asked for.
struct TagWindow {
  std::optional<std::uint64_t> count;  // `n`
  std::string last;                    // begin behind this one; empty = at the first
};

struct TagPage {
  std::string content;
  bool cut = false;  // more tags follow: behind `last`
  std::string last;
};

// A registry's list of tags as a page for the client: byte-exact where it fits the window; where the
// registry did not look at `n`, cut to it. With n = 0 it is an empty list.
// Errors  protocol: not a JSON object with a list of tags, or nested too deep.
// Source  OCI distribution-spec 1.1, "Listing Tags".
Result<TagPage> page_of_tags(std::string content, const TagWindow& window);

}  // namespace shoal::mirror
