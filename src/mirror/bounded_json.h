#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace shoal::mirror {

// Deeper JSON is refused: writing it out again recurses.
inline constexpr int kJsonDepthMax = 32;

// An object whose members stay in their order.
// Errors  protocol: not a JSON object, or nested too deep; `what` names it.
inline Result<nlohmann::ordered_json> parse_object(std::string_view text, const char* what) {
  using nlohmann::ordered_json;
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, ordered_json::parse_event_t, ordered_json&) {
    too_deep = too_deep || depth > kJsonDepthMax;
    return !too_deep;
  };
  auto parsed = ordered_json::parse(text, watch, false);
  if (too_deep) return fail(Errc::protocol, std::string(what) + " is nested too deep");
  if (!parsed.is_object()) return fail(Errc::protocol, std::string(what) + " is not a JSON object");
  return parsed;
}

// As text; bytes that are not UTF-8 become U+FFFD.
inline std::string to_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace shoal::mirror
