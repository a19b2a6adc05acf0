#include "upstream/token.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace shoal::upstream {
namespace {

using std::chrono::seconds;

constexpr std::size_t kTokenBytesMax = 32 * 1024;
constexpr seconds kLifeDefault{60};
constexpr seconds kLifeMax{3600};
constexpr seconds kMarginMax{10};  // left for the request itself
constexpr const char* kClientId = "shoal";

bool fits_header(std::string_view text) {
  return !text.empty() && text.size() <= kTokenBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string string_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

seconds life_of(const nlohmann::json& object) {
  const auto found = object.find("expires_in");
  if (found == object.end() || !found->is_number()) return kLifeDefault;
  const double stated = found->get<double>();
  if (!(stated >= 1)) return kLifeDefault;
  return seconds(static_cast<long>(std::min(stated, static_cast<double>(kLifeMax.count()))));
}

std::string pair(const char* name, std::string_view value) {
  return std::string(name) + "=" + percent_encode(value);
}

}  // namespace

TokenKey::TokenKey(std::string registry_in, Url realm_in, std::string service_in,
                   std::string scope_in)
    : registry(std::move(registry_in)),
      realm(std::move(realm_in)),
      service(std::move(service_in)),
      scope(std::move(scope_in)),
      id_(registry + "\n" + realm.origin() + realm.target() + "\n" + service + "\n" + scope) {}

Result<Token> parse_token_response(std::string_view json, SteadyTime now) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return fail(Errc::protocol, "the token server's answer is not JSON");
  std::string text = string_member(document, "token");
  if (text.empty()) text = string_member(document, "access_token");
  if (!fits_header(text)) {
    return fail(Errc::protocol, "the token server's answer holds no usable token");
  }
  const seconds life = life_of(document);
  return Token(std::move(text), now + life - std::min(life / 4, kMarginMax));
}

std::string token_target(const TokenKey& key, const Credentials* credentials) {
  std::string out = key.realm.target();
  char separator = out.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    out += separator + pair(name, value);
    separator = '&';
  };
  add("service", key.service);
  add("scope", key.scope);
  if (credentials != nullptr) add("account", credentials->username);
  return out;
}

std::string token_form(const TokenKey& key, const Credentials& credentials) {
  std::string out = pair("client_id", kClientId);
  out += "&" + pair("service", key.service);
  out += "&" + pair("scope", key.scope);
  if (!credentials.identity_token.empty()) {
    return out + "&grant_type=refresh_token&" + pair("refresh_token", credentials.identity_token);
  }
  out += "&grant_type=password&" + pair("username", credentials.username);
  return out + "&" + pair("password", credentials.password);
}

std::optional<std::string> TokenCache::find(const TokenKey& key, SteadyTime now) {
  const auto found = tokens_.find(key);
  if (found == tokens_.end()) return std::nullopt;
  if (found->second.expires_at <= now) {
    tokens_.erase(found);
    return std::nullopt;
  }
  return found->second.text;
}

void TokenCache::put(const TokenKey& key, Token token) {
  if (tokens_.size() >= kTokensMax && tokens_.find(key) == tokens_.end()) {
    tokens_.erase(std::min_element(
        tokens_.begin(), tokens_.end(),
        [](const auto& a, const auto& b) { return a.second.expires_at < b.second.expires_at; }));
  }
  tokens_.insert_or_assign(key, std::move(token));
}

void TokenCache::drop(const TokenKey& key, std::string_view text) {
  const auto found = tokens_.find(key);
  if (found != tokens_.end() && found->second.text == text) tokens_.erase(found);
}

}  // namespace shoal::upstream
