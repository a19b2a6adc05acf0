#include "upstream/passed_headers.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace shoal::upstream {
namespace {

constexpr std::string_view kPrefix = "oci-";
constexpr std::size_t kHeadersMax = 16;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kValueBytesMax = 1024;

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// "oci-filters-applied" as "OCI-Filters-Applied".
std::string spelled(std::string_view name) {
  std::string out = "OCI-";
  bool first_of_word = true;
  for (const char c : name.substr(kPrefix.size())) {
    out += first_of_word ? to_upper(c) : c;
    first_of_word = c == '-';
  }
  return out;
}

bool is_plain_name(std::string_view name) {
  return name.size() > kPrefix.size() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool is_plain_value(std::string_view value) {
  return value.size() <= kValueBytesMax && is_printable_ascii(value);
}

}  // namespace

PassedHeaders passed_headers(const ResponseHead& head) {
  PassedHeaders out;
  for (const auto& [name, value] : head.headers) {
    if (out.size() >= kHeadersMax || !is_plain_value(value)) continue;
    if (name == "warning") out.emplace_back("Warning", value);
    if (name.starts_with(kPrefix) && is_plain_name(name)) out.emplace_back(spelled(name), value);
  }
  return out;
}

}  // namespace shoal::upstream
