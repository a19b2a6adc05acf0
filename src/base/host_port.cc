#include "base/host_port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace shoal {
namespace {

constexpr std::size_t kHostNameBytesMax = 253;  // RFC 1035, 2.3.4, without the root's dot

bool parses_as(int family, std::string_view text) {
  std::array<std::byte, sizeof(in6_addr)> address{};
  const std::string terminated(text);
  // inet_pton would stop at an embedded NUL and call the rest an address.
  return text.find('\0') == std::string_view::npos &&
         inet_pton(family, terminated.c_str(), address.data()) == 1;
}

bool is_host_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kHostNameBytesMax && text.front() != '.' &&
         text.front() != '-' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), allowed);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, port);
  if (text.empty() || error != std::errc() || end != stop) return std::nullopt;
  return port;
}

// The host and port as they stand; an address in brackets must be IPv6, one without must not.
std::optional<HostPort> parse_parts(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || host.empty()) return std::nullopt;
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (!parses_as(AF_INET6, host)) return std::nullopt;
  } else if (!is_host_name(host)) {
    return std::nullopt;
  }
  return HostPort(std::string(host), *port);
}

}  // namespace

bool is_ip_address(std::string_view text) {
  return parses_as(AF_INET, text) || parses_as(AF_INET6, text);
}

Result<HostPort> parse_listen_address(std::string_view text) {
  auto parts = parse_parts(text);
  if (!parts || !is_ip_address(parts->host)) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not an address to listen on; write it as 127.0.0.1:5050, "
                            "0.0.0.0:5050 or [::]:5050",
                            printable(text)));
  }
  return *std::move(parts);
}

Result<HostPort> parse_host_port(std::string_view text) {
  auto parts = parse_parts(text);
  if (!parts || parts->port == 0) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a host and a port; write it as 10.0.0.11:6881, "
                            "node-12.example:6881 or [2001:db8::7]:6881",
                            printable(text)));
  }
  return *std::move(parts);
}

}  // namespace shoal
