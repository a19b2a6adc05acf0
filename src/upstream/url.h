#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::upstream {

// An absolute http or https URL. Always well formed: its parts are safe in a request line and a
// header. A fragment is dropped; user names and passwords in URLs are refused.
class Url {
 public:
  // Errors  invalid_argument: the message does not repeat the text, which may hold a signature.
  static Result<Url> parse(std::string_view text);

  // What a Location header `reference` means, seen from this URL.
  // Errors  invalid_argument.   Source  RFC 3986, 5.2 (dot segments are left to the server).
  Result<Url> resolve(std::string_view reference) const;

  // The same server, another path and query. `target` begins with '/' and comes from us.
  Url with_target(std::string target) const;

  bool tls() const { return tls_; }
  const std::string& host() const { return host_; }  // lower case; IPv6 without brackets
  std::uint16_t port() const { return port_; }
  const std::string& target() const { return target_; }  // path and query, begins with '/'
  std::string_view path() const { return std::string_view(target_).substr(0, target_.find('?')); }

  std::string authority() const;  // as in a Host header: port left out where it is the default
  std::string host_port() const;  // "host:443", IPv6 in brackets
  std::string origin() const;     // "https://host:443": equal for the same server only
  // For people and logs: without the query, which may hold a signature.
  std::string brief() const;

 private:
  Url(bool tls, std::string host, std::uint16_t port, std::string target)
      : tls_(tls), host_(std::move(host)), port_(port), target_(std::move(target)) {}

  bool tls_;
  std::string host_;
  std::uint16_t port_;
  std::string target_;
};

inline constexpr std::size_t kUrlBytesMax = 16 * 1024;  // presigned URLs run to a few KiB

}  // namespace shoal::upstream
