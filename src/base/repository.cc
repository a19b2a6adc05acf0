#include "base/repository.h"

#include <algorithm>
#include <charconv>

#include "base/host_port.h"

namespace shoal {
namespace {

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_alnum(char c) {
  return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_path_component(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_lower_alnum(text[i])) ++i;
  if (i == 0) return false;
  while (i < text.size()) {
    const std::size_t separator = i;
    while (i < text.size() && !is_lower_alnum(text[i])) ++i;
    const std::string_view between = text.substr(separator, i - separator);
    const bool dashes = between.find_first_not_of('-') == std::string_view::npos;
    if (between != "." && between != "_" && between != "__" && !dashes) return false;
    if (i == text.size()) return false;
    while (i < text.size() && is_lower_alnum(text[i])) ++i;
  }
  return true;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' && text.back() != '-' &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

Result<RegistryName> RegistryName::parse(std::string_view text) {
  const auto bad = [] {
    return fail(Errc::invalid_argument, "registry name is not host or host:port");
  };
  if (text.empty() || text.size() > 260) return bad();
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string_view host = lower;
  if (host.front() == '[') {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return bad();
    const std::string_view rest = host.substr(close + 1);
    host = host.substr(1, close - 1);
    if (host.find(':') == std::string_view::npos || !is_ip_address(host) ||
        (!rest.empty() && rest.front() != ':'))
      return bad();
    if (!rest.empty() && !is_port(rest.substr(1))) return bad();
    return RegistryName(std::move(lower));
  }
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return bad();
    host = host.substr(0, colon);
  }
  if (!is_host_name(host)) return bad();
  return RegistryName(std::move(lower));
}

Result<RepositoryName> RepositoryName::parse(std::string_view text) {
  const auto bad = [] {
    return fail(Errc::invalid_argument,
                "repository name is not lower-case path components joined by '/'");
  };
  if (text.empty() || text.size() > 255) return bad();
  std::string_view rest = text;
  while (true) {
    const auto slash = rest.find('/');
    if (!is_path_component(rest.substr(0, slash))) return bad();
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return RepositoryName(std::string(text));
}

Result<Tag> Tag::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 128 && text.front() != '.' &&
                    text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
                      return is_alnum(c) || c == '_' || c == '.' || c == '-';
                    });
  if (!good) return fail(Errc::invalid_argument, "tag is not 1 to 128 of [a-zA-Z0-9_.-]");
  return Tag(std::string(text));
}

Result<Reference> parse_reference(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    auto digest = Digest::parse(text);
    if (!digest) return fail(digest.error());
    return Reference(std::move(*digest));
  }
  auto tag = Tag::parse(text);
  if (!tag) return fail(tag.error());
  return Reference(std::move(*tag));
}

const std::string& to_text(const Reference& reference) {
  if (const auto* tag = std::get_if<Tag>(&reference)) return tag->text();
  return std::get<Digest>(reference).text();
}

bool contains(const std::vector<Repository>& repositories, const Repository& wanted) {
  return std::find(repositories.begin(), repositories.end(), wanted) != repositories.end();
}

}  // namespace shoal
