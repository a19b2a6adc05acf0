#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::upstream {

// Status and headers of a response, copied out of what came over the wire.
struct ResponseHead {
  explicit ResponseHead(int status_in) : status(status_in) {}

  int status;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  std::optional<std::uint64_t> content_length;               // also for HEAD

  // The first header of that (lower-case) name.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
};

}  // namespace shoal::upstream
