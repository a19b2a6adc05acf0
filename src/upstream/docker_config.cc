#include "upstream/docker_config.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "upstream/base64.h"
#include "upstream/read_file.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::string canonical_host(std::string_view host) {
  std::string out(host);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (out == "index.docker.io" || out == "registry-1.docker.io") return "docker.io";
  return out;
}

// "https://index.docker.io/v1/" and "host:5000" both name a host. A key with any other path is
// meant for a part of a registry only: nullopt.
std::optional<std::string> host_of_key(std::string_view key) {
  if (const auto scheme = key.find("://"); scheme != std::string_view::npos) {
    key.remove_prefix(scheme + 3);
  }
  const auto slash = key.find('/');
  if (slash != std::string_view::npos) {
    std::string_view path = key.substr(slash);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    if (!path.empty() && path != "/v1" && path != "/v2") return std::nullopt;
  }
  if (slash == 0 || key.empty()) return std::nullopt;
  return canonical_host(key.substr(0, slash));
}

// nullopt: the member is there but is no string.
std::optional<std::string> text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Result<Credentials> parse_entry(const nlohmann::json& entry) {
  const auto bad = [](const char* why) { return fail(Errc::invalid_argument, why); };
  if (!entry.is_object()) return bad("is no object");
  auto auth = text_member(entry, "auth");
  auto username = text_member(entry, "username");
  auto password = text_member(entry, "password");
  auto identity_token = text_member(entry, "identitytoken");
  if (!auth || !username || !password || !identity_token)
    return bad("has a member that is no string");
  if (auth->empty()) {
    return Credentials(std::move(*username), std::move(*password), std::move(*identity_token));
  }
  auto decoded = base64_decode(*auth);
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return bad("has an \"auth\" that is not base64 of user:password");
  std::string secret = decoded->substr(colon + 1);
  while (!secret.empty() && secret.back() == '\0') secret.pop_back();  // some writers pad with NUL
  return Credentials(decoded->substr(0, colon), std::move(secret), std::move(*identity_token));
}

bool is_empty(const Credentials& entry) {
  return entry.username.empty() && entry.password.empty() && entry.identity_token.empty();
}

}  // namespace

Result<DockerConfig> DockerConfig::parse(std::string_view json, const std::string& source) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) {
    return fail(Errc::invalid_argument, source + ": is not a JSON object");
  }
  DockerConfig config;
  const auto auths = document.find("auths");
  if (auths == document.end() || auths->is_null()) return config;
  if (!auths->is_object()) {
    return fail(Errc::invalid_argument, source + ": \"auths\" is no object");
  }
  for (const auto& [key, value] : auths->items()) {
    auto credentials = parse_entry(value);
    if (!credentials) {
      return fail(Errc::invalid_argument,
                  source + ": the entry of \"" + key + "\" " + credentials.error().message);
    }
    const auto host = host_of_key(key);
    // Docker leaves an empty entry behind where a credential store holds the secret.
    if (host && !is_empty(*credentials)) config.by_host_.insert_or_assign(*host, *credentials);
  }
  return config;
}

Result<DockerConfig> DockerConfig::load(const std::filesystem::path& path) {
  auto text = read_file(path, kFileBytesMax);
  if (!text) return fail(text.error());
  return parse(*text, path.string());
}

const Credentials* DockerConfig::find(std::string_view host) const {
  const auto found = by_host_.find(canonical_host(host));
  return found == by_host_.end() ? nullptr : &found->second;
}

}  // namespace shoal::upstream
