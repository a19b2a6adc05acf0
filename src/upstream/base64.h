#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::upstream {

// With padding, without line breaks.   Source  RFC 4648, section 4.
std::string base64_encode(std::string_view bytes);

// Padding may be missing; anything outside the alphabet may not be there.
// Errors  invalid_argument.
Result<std::string> base64_decode(std::string_view text);

}  // namespace shoal::upstream
