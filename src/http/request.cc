#include <algorithm>

#include "http/server.h"

namespace shoal::http {
namespace {

std::optional<std::string_view> first_value(
    const std::vector<std::pair<std::string, std::string>>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  return first_value(headers, name);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  return first_value(query, name);
}

}  // namespace shoal::http
