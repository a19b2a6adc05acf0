#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::loadtest {

// What an image is built for. Always normal: the variant that an architecture implies (v8 of arm64,
// v7 of arm, v1 of amd64) is empty.
class Platform {
 public:
  Platform(std::string system, std::string architecture, std::string variant);
  // "linux/amd64", "linux/arm/v6".
  // Errors  invalid_argument.
  static Result<Platform> parse(std::string_view text);

  std::string text() const;
  auto operator<=>(const Platform&) const = default;

 private:
  std::string system_;
  std::string architecture_;
  std::string variant_;
};

}  // namespace shoal::loadtest
