#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/result.h"
#include "base/task.h"

// What a DNS server's answer says of addresses and services: RFC 1035, 3596 (AAAA), 2782 (SRV).
namespace shoal::discovery {

struct AddressRecord {
  std::string name;  // lower case, without the root's dot
  asio::ip::address address;
  std::chrono::seconds ttl;
};

struct ServiceRecord {
  std::string target;  // lower case, without the root's dot
  std::uint16_t port;
  std::chrono::seconds ttl;
};

struct DnsMessage {
  std::vector<AddressRecord> addresses;  // of the answer, whatever aliases lead to them
  std::vector<AddressRecord> glue;       // sent along with services
  std::vector<ServiceRecord> services;
};

// Reads one whole message. Records of other types are passed over, as are those that lead nowhere: a
// service without port or target, an address that is unspecified, multicast or broadcast.
// Errors  protocol: it is cut short, or a record does not hold what its type says.
Result<DnsMessage> parse_dns_message(std::span<const std::byte> bytes);

}  // namespace shoal::discovery
