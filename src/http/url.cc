#include "http/url.h"

#include <cstddef>

namespace shoal::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What follows the authority in an absolute target.
std::optional<std::string_view> after_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view() : target.substr(end);
  }
  return std::nullopt;
}

// "a=b&c" as pairs; false where an escape is malformed.
bool decode_query(std::string_view text, std::vector<std::pair<std::string, std::string>>& out) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    auto name = percent_decode(field.substr(0, equals));
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                 : field.substr(equals + 1));
    if (!name || !value) return false;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

Target parse_target(std::string_view target) {
  const auto after = after_origin(target);
  const std::string_view text = after.value_or(target);
  const auto mark = text.find('?');
  std::string_view raw_path = text.substr(0, mark);
  if (after && raw_path.empty()) raw_path = "/";
  Target out;
  if (!raw_path.starts_with('/') && target != "*") return out;
  auto path = percent_decode(raw_path);
  if (!path) return out;
  if (mark != std::string_view::npos && !decode_query(text.substr(mark + 1), out.query)) {
    out.query.clear();
    return out;
  }
  out.path = std::move(*path);
  return out;
}

}  // namespace shoal::http
