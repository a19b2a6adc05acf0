#include "base/dns_name.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/host_port.h"
#include "base/text.h"

namespace shoal {
namespace {

// "_service._protocol.name": RFC 2782.
bool is_service_name(std::string_view text) {
  if (!text.starts_with('_') || std::count(text.begin(), text.end(), '.') < 2) return false;
  if (text[text.find('.') + 1] != '_') return false;
  return parse_host_port(std::string(text) + ":1").has_value();  // the characters of a host's name
}

}  // namespace

Result<DnsName> DnsName::parse(std::string_view text) {
  if (is_service_name(text)) return DnsName(std::string(text), std::string(text), 0);
  const auto host = parse_host_port(text);
  if (!host) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is not a name to look up; write it as shoal.example:6881, or "
                            "_swarm._tcp.shoal.example for SRV records",
                            printable(text)));
  }
  if (is_ip_address(host->host)) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" is an address and no name; it belongs into discovery.peers",
                            printable(text)));
  }
  return DnsName(std::string(text), host->host, host->port);
}

}  // namespace shoal
