#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::http {

// A request's target, taken apart and decoded.
struct Target {
  std::string path;  // empty where anything in the target is malformed
  std::vector<std::pair<std::string, std::string>> query;  // in order; empty with an empty path
};

// Takes "/path?a=b", "http://host/path?a=b" or "*". A single malformed escape, or one that hides a
// NUL byte, anywhere in path or query spoils the whole: a guess at half a target would be a guess
// at what the client may see.
// '+' stands for itself: it occurs in media types, and clients write spaces as %20.
// Source  RFC 9112, 3.2; RFC 3986, 2.1.
Target parse_target(std::string_view target);

// Returns  nothing for "%", "%4", "%zz", "%00" and a bare NUL byte.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace shoal::http
