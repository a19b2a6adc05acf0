#include "upstream/url.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address_v6.hpp>

namespace shoal::upstream {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_alnum(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

auto bad(const char* why) {
  return fail(Errc::invalid_argument, why);
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 && host.front() != '-' && host.front() != '.' &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  if (host.find('%') != std::string_view::npos) return false;  // zones are of no use to us
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(host), error);
  return !error;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return bad("the URL's port is not a number from 1 to 65535");
  }
  return port;
}

// Takes "scheme://" off the front. Returns whether it was https.
Result<bool> take_scheme(std::string_view& text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("the URL has no scheme");
  const std::string scheme = lower_case(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return bad("the URL is neither http nor https");
  text.remove_prefix(colon + 3);
  return scheme == "https";
}

struct HostPort {
  std::string host;
  std::uint16_t port;
};

Result<HostPort> parse_authority(std::string_view text, std::uint16_t default_port) {
  if (text.find('@') != std::string_view::npos) return bad("the URL holds a user name or password");
  const bool bracketed = !text.empty() && text.front() == '[';
  const auto host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string_view::npos) return bad("the URL's host lacks a ']'");
  const std::string_view host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  if (bracketed ? !is_ipv6(host) : !is_host_name(host)) return bad("the URL's host is malformed");
  std::string_view rest;
  if (host_end != std::string_view::npos) rest = text.substr(host_end + (bracketed ? 1 : 0));
  HostPort out{lower_case(host), default_port};
  if (rest.empty() || rest == ":") return out;
  if (rest.front() != ':') return bad("the URL's host is malformed");
  auto port = parse_port(rest.substr(1));
  if (!port) return fail(port.error());
  out.port = *port;
  return out;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) return bad("the URL is too long");
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    return bad("the URL holds a space, a control character or a byte outside ASCII");
  }
  text = text.substr(0, text.find('#'));
  const auto tls = take_scheme(text);
  if (!tls) return fail(tls.error());
  const auto path = text.find_first_of("/?");
  auto authority = parse_authority(text.substr(0, path), *tls ? 443 : 80);
  if (!authority) return fail(authority.error());
  std::string target(path == std::string_view::npos ? std::string_view() : text.substr(path));
  if (target.empty() || target.front() != '/') target.insert(0, 1, '/');
  return Url(*tls, std::move(authority->host), authority->port, std::move(target));
}

Result<Url> Url::resolve(std::string_view reference) const {
  if (reference.empty()) return bad("the URL is empty");
  const std::string scheme = tls_ ? "https:" : "http:";
  if (reference.substr(0, 2) == "//") return parse(scheme + std::string(reference));
  const std::string server = scheme + "//" + authority();
  if (reference.front() == '/') return parse(server + std::string(reference));
  if (reference.front() == '?') return parse(server + std::string(path()) + std::string(reference));
  const auto colon = reference.find(':');
  if (colon != std::string_view::npos && colon < reference.find_first_of("/?#")) {
    return parse(reference);
  }
  const std::string_view folder = path().substr(0, path().rfind('/') + 1);
  return parse(server + std::string(folder) + std::string(reference));
}

Url Url::with_target(std::string target) const {
  return Url(tls_, host_, port_, std::move(target));
}

std::string Url::authority() const {
  if (port_ != (tls_ ? 443 : 80)) return host_port();
  return host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
}

std::string Url::host_port() const {
  const std::string host = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
  return host + ":" + std::to_string(port_);
}

std::string Url::origin() const {
  return (tls_ ? "https://" : "http://") + host_ + ":" + std::to_string(port_);
}

std::string Url::brief() const {
  return (tls_ ? "https://" : "http://") + authority() + std::string(path());
}

}  // namespace shoal::upstream
