#include "discovery/dns_message.h"

#include <arpa/nameser.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

namespace shoal::discovery {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::size_t kServiceHeadBytes = 6;  // priority, weight, port
constexpr std::chrono::seconds kTtlMax{std::numeric_limits<std::int32_t>::max()};  // RFC 2181, 8

std::string plain_name(std::string name) {
  while (name.ends_with('.')) name.pop_back();
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

std::chrono::seconds ttl_of(const ns_rr& record) {
  const std::chrono::seconds ttl{ns_rr_ttl(record)};
  return ttl > kTtlMax ? std::chrono::seconds(0) : ttl;
}

// Whether a node can be reached there.
bool leads_somewhere(const asio::ip::address& address) {
  const bool broadcast = address.is_v4() && address.to_v4() == asio::ip::address_v4::broadcast();
  return !address.is_unspecified() && !address.is_multicast() && !broadcast;
}

// Errors  std::nullopt: not the size of an address of this type.
std::optional<asio::ip::address> address_in(Bytes data, int type) {
  if (type == ns_t_a) {
    asio::ip::address_v4::bytes_type bytes;
    if (data.size() != bytes.size()) return std::nullopt;
    std::copy(data.begin(), data.end(), bytes.begin());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  if (data.size() != bytes.size()) return std::nullopt;
  std::copy(data.begin(), data.end(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

// Errors  std::nullopt: too short, or the target is no name.
std::optional<ServiceRecord> service_in(const ns_msg& message, const ns_rr& record, Bytes data) {
  if (data.size() <= kServiceHeadBytes) return std::nullopt;
  std::array<char, NS_MAXDNAME> target{};
  const unsigned char* const place = data.data() + kServiceHeadBytes;
  const int used = ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), place,
                                      target.data(), target.size());
  if (used < 0 || static_cast<std::size_t>(used) != data.size() - kServiceHeadBytes) {
    return std::nullopt;
  }
  const auto port = static_cast<std::uint16_t>(data[4] << 8U | data[5]);
  return ServiceRecord{plain_name(target.data()), port, ttl_of(record)};
}

// Adds what the record says. Returns  false: it does not hold what its type says.
bool take(const ns_msg& message, const ns_rr& record, bool of_answer, DnsMessage& out) {
  const int type = ns_rr_type(record);
  const Bytes data(ns_rr_rdata(record), ns_rr_rdlen(record));
  if (ns_rr_class(record) != ns_c_in) return true;
  if (type == ns_t_a || type == ns_t_aaaa) {
    const auto address = address_in(data, type);
    if (!address) return false;
    if (!leads_somewhere(*address)) return true;
    auto& place = of_answer ? out.addresses : out.glue;
    place.push_back(AddressRecord{plain_name(ns_rr_name(record)), *address, ttl_of(record)});
  } else if (type == ns_t_srv && of_answer) {
    auto service = service_in(message, record, data);
    if (!service) return false;
    if (service->port != 0 && !service->target.empty()) out.services.push_back(*service);
  }
  return true;
}

}  // namespace

Result<DnsMessage> parse_dns_message(std::span<const std::byte> bytes) {
  const auto malformed = fail(Errc::protocol, "the DNS server's answer is malformed");
  if (bytes.size() > std::numeric_limits<std::uint16_t>::max()) return malformed;
  std::vector<unsigned char> octets(bytes.size());
  if (!bytes.empty()) std::memcpy(octets.data(), bytes.data(), bytes.size());
  ns_msg message{};
  if (ns_initparse(octets.data(), static_cast<int>(octets.size()), &message) != 0) return malformed;
  DnsMessage out;
  for (const ns_sect section : {ns_s_an, ns_s_ar}) {
    for (int i = 0; i < ns_msg_count(message, section); ++i) {
      ns_rr record{};
      if (ns_parserr(&message, section, i, &record) != 0) return malformed;
      if (!take(message, record, section == ns_s_an, out)) return malformed;
    }
  }
  return out;
}

}  // namespace shoal::discovery
