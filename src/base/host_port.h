#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

// Where to listen or to connect: an IP address or a host name, and a port.
struct HostPort {
  HostPort(std::string host_in, std::uint16_t port_in) : host(std::move(host_in)), port(port_in) {}

  std::string host;  // an IPv6 address stands here without its brackets
  std::uint16_t port;

  bool operator==(const HostPort&) const = default;
};

// "127.0.0.1:5050", "[::]:5050": an address to bind; port 0 lets the system choose.
// Errors  invalid_argument: a host name, no port, a port over 65535.
Result<HostPort> parse_listen_address(std::string_view text);

// "10.0.0.11:6881", "node-12.example:6881", "[2001:db8::7]:6881": a place to connect to.
// Errors  invalid_argument: no host, no port, port 0.
Result<HostPort> parse_host_port(std::string_view text);

// Whether `text` is an IPv4 or IPv6 address, as inet_pton(3) reads it: no brackets, no zone.
bool is_ip_address(std::string_view text);

}  // namespace shoal
