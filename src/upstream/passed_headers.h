#pragma once

#include <string>
#include <utility>
#include <vector>

#include "upstream/response_head.h"

namespace shoal::upstream {

// What a registry says to the client itself: "Warning" and the specification's own "OCI-..." headers.
using PassedHeaders = std::vector<std::pair<std::string, std::string>>;

// Those of `head` that are fit to be sent on: names in the specification's spelling, values printable
// ASCII of at most 1 KiB; at most 16 of them.
// Source  OCI distribution-spec 1.1, "Warnings" and "Listing Referrers".
PassedHeaders passed_headers(const ResponseHead& head);

}  // namespace shoal::upstream
