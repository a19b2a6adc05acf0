#include "cli/client.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "http/blocking_request.h"

namespace shoal::cli {
namespace {

// An eviction of many blobs takes a while.
constexpr std::chrono::minutes kPatience{2};

Errc code_of(const std::string& text) {
  for (const Errc code : {Errc::invalid_argument, Errc::not_found, Errc::denied, Errc::unavailable,
                          Errc::too_large, Errc::io, Errc::no_space, Errc::corrupt}) {
    if (text == to_string(code)) return code;
  }
  return Errc::internal;
}

tl::unexpected<Error> refusal(const nlohmann::json& document, int status) {
  const auto entry = document.is_object() && document.contains("errors") &&
                             document["errors"].is_array() && !document["errors"].empty()
                         ? document["errors"][0]
                         : nlohmann::json();
  if (!entry.is_object() || !entry.contains("message") || !entry["message"].is_string()) {
    return fail(Errc::protocol, "what answers is no Shoal of this version (HTTP status " +
                                    std::to_string(status) + ")");
  }
  const bool has_code = entry.contains("code") && entry["code"].is_string();
  return fail(code_of(has_code ? entry["code"].get<std::string>() : std::string()),
              entry["message"].get<std::string>());
}

}  // namespace

Result<nlohmann::json> Client::call(const std::string& method, const std::string& path) const {
  const auto response = http::blocking_request(server_, method, path, kPatience);
  if (!response) return fail(response.error());
  auto document = nlohmann::json::parse(response->body, nullptr, false);
  if (response->status != 200 || !document.is_object()) return refusal(document, response->status);
  return document;
}

std::string percent_encoded(const std::string& text) {
  static constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '/' ||
                          c == ':' || c == '@';
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace shoal::cli
