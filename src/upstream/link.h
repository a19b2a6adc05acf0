#pragma once

#include <string>

#include "upstream/response_head.h"

namespace shoal::upstream {

// The query of the first link with rel="next", percent-encoded as it came; empty where there is none,
// or one that is not fit for a request line. Only the query says which page is next: where the link
// leads is the registry's business, and nobody is sent there.
// Limits  a query of 4 KiB, 16 links.
// Source  RFC 8288, 3; OCI distribution-spec 1.1, "Listing Tags".
std::string next_query(const ResponseHead& head);

}  // namespace shoal::upstream
