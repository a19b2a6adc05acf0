#pragma once

#include <string_view>

#include "base/byte_range.h"
#include "upstream/response_head.h"

namespace shoal::upstream {

// The blob's bytes that the body behind `head` holds, given that `asked` was asked for: `asked`
// itself for a 206, for a 200 the whole blob (`asked`, where the length is unsaid and it begins at
// 0). Errors  protocol: another range than asked, a Content-Length that contradicts it, a blob that
// ends
//         before the range does, an encoded body; too_large: over kBlobBytesMax.
// Source  RFC 9110, 14.4 and 15.3.7.
Result<ByteRange> coming_range(const ResponseHead& head, ByteRange asked);

// The total size in "bytes 0-0/1234".
// Errors  protocol.
Result<std::uint64_t> total_of_content_range(std::string_view header);

// Ok unless a Content-Encoding was applied: digests and offsets are of the bytes as stored.
Result<void> require_identity(const ResponseHead& head);

}  // namespace shoal::upstream
