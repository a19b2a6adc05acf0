#include "loadtest/platform.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace shoal::loadtest {
namespace {

constexpr std::pair<std::string_view, std::string_view> kImpliedVariants[] = {
    {"arm64", "v8"}, {"arm", "v7"}, {"amd64", "v1"}};

bool is_implied(std::string_view architecture, std::string_view variant) {
  return std::ranges::find(kImpliedVariants, std::pair(architecture, variant)) !=
         std::ranges::end(kImpliedVariants);
}

}  // namespace

Platform::Platform(std::string system, std::string architecture, std::string variant)
    : system_(std::move(system)),
      architecture_(std::move(architecture)),
      variant_(std::move(variant)) {
  if (is_implied(architecture_, variant_)) variant_.clear();
}

Result<Platform> Platform::parse(std::string_view text) {
  const auto parts = split(text, '/');
  const bool has_empty = std::ranges::any_of(parts, &std::string::empty);
  if (parts.size() < 2 || parts.size() > 3 || has_empty) {
    return fail(Errc::invalid_argument, "\"" + printable(text) +
                                            "\" is no platform: write it like linux/amd64 or "
                                            "linux/arm/v6");
  }
  return Platform(parts[0], parts[1], parts.size() == 3 ? parts[2] : "");
}

std::string Platform::text() const {
  const std::string base = system_ + "/" + architecture_;
  return variant_.empty() ? base : base + "/" + variant_;
}

}  // namespace shoal::loadtest
