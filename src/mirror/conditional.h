#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "base/digest.h"
#include "http/server.h"

namespace shoal::mirror {

// The entity tag of content: its digest in quotes. Content never changes under its digest, so it is
// a strong one.
std::string entity_tag(const Digest& digest);

// Whether an If-None-Match header says the client has this content already: answer 304.
// Source  RFC 9110, 13.1.2: weak comparison, a list, or "*".
bool client_has(const http::Request& request, const Digest& digest);

// Ranges that lie closer to each other than this are answered as one: a part of its own costs more.
inline constexpr std::uint64_t kRangeGapMax = 128;

// The ranges a GET is to be answered with. None: the whole content, with 200. That is so without a
// Range header, with a malformed one, and where an If-Range names other content than this.
// Errors  not_found: no byte of the content is in a range: answer 416; too_large: too many ranges.
Result<std::vector<ByteRange>> wanted_ranges(const http::Request& request, const Digest& digest,
                                             std::uint64_t content_size);

}  // namespace shoal::mirror
