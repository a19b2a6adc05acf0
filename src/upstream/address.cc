#include "upstream/address.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace shoal::upstream {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

struct Network4 {
  std::uint32_t prefix;
  int bits;
  AddressScope scope;

  bool holds(std::uint32_t address) const { return ((address ^ prefix) >> (32 - bits)) == 0; }
};

// First match counts. Source: IANA's IPv4 special-purpose address registry, and the metadata
// services' addresses as the clouds document them.
constexpr std::array<Network4, 19> kNetworks4{{
    {0xA9FEA9FE, 32, AddressScope::special},      // 169.254.169.254: AWS, Azure, Google
    {0x646464C8, 32, AddressScope::special},      // 100.100.100.200: Alibaba
    {0xA83F8110, 32, AddressScope::special},      // 168.63.129.16: Azure's host agent
    {0xC00000C0, 32, AddressScope::special},      // 192.0.0.192: Oracle
    {0x00000000, 8, AddressScope::loopback},      // 0.0.0.0/8: Linux takes 0.0.0.0 for loopback
    {0x7F000000, 8, AddressScope::loopback},      // 127.0.0.0/8
    {0xA9FE0000, 16, AddressScope::special},      // 169.254.0.0/16
    {0xE0000000, 4, AddressScope::special},       // 224.0.0.0/4
    {0xF0000000, 4, AddressScope::special},       // 240.0.0.0/4
    {0x0A000000, 8, AddressScope::private_net},   // 10.0.0.0/8
    {0xAC100000, 12, AddressScope::private_net},  // 172.16.0.0/12
    {0xC0A80000, 16, AddressScope::private_net},  // 192.168.0.0/16
    {0x64400000, 10, AddressScope::private_net},  // 100.64.0.0/10
    {0xC0000000, 24, AddressScope::private_net},  // 192.0.0.0/24
    {0xC0000200, 24, AddressScope::private_net},  // 192.0.2.0/24
    {0xC6120000, 15, AddressScope::private_net},  // 198.18.0.0/15
    {0xC6336400, 24, AddressScope::private_net},  // 198.51.100.0/24
    {0xCB007100, 24, AddressScope::private_net},  // 203.0.113.0/24
    {0xC0586300, 24, AddressScope::private_net},  // 192.88.99.0/24
}};

AddressScope scope_of_v4(std::uint32_t value) {
  const auto found = std::find_if(kNetworks4.begin(), kNetworks4.end(),
                                  [&](const Network4& network) { return network.holds(value); });
  return found == kNetworks4.end() ? AddressScope::public_net : found->scope;
}

std::uint32_t embedded_v4(const address_v6::bytes_type& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) |
         (std::uint32_t{bytes[at + 2]} << 8) | std::uint32_t{bytes[at + 3]};
}

template <std::size_t N>
bool begins_with(const address_v6::bytes_type& bytes, const std::array<std::uint8_t, N>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> kCompatible{};
constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};
constexpr std::array<std::uint8_t, 6> kNat64Local{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
constexpr std::array<std::uint8_t, 2> k6to4{0x20, 0x02};
constexpr std::array<std::uint8_t, 4> kTeredo{0x20, 0x01, 0x00, 0x00};
constexpr std::array<std::uint8_t, 4> kDocumentation{0x20, 0x01, 0x0d, 0xb8};

// fd00:ec2::254 (AWS) and fd20:ce::254 (Google).
bool is_metadata_v6(const address_v6::bytes_type& bytes) {
  static const auto kAws = boost::asio::ip::make_address_v6("fd00:ec2::254").to_bytes();
  static const auto kGoogle = boost::asio::ip::make_address_v6("fd20:ce::254").to_bytes();
  return bytes == kAws || bytes == kGoogle;
}

AddressScope scope_of_v6(const address_v6& address) {
  const auto bytes = address.to_bytes();
  if (address.is_loopback() || address.is_unspecified()) return AddressScope::loopback;
  if (begins_with(bytes, kMapped) || begins_with(bytes, kCompatible) ||
      begins_with(bytes, kNat64)) {
    return scope_of_v4(embedded_v4(bytes, 12));
  }
  if (begins_with(bytes, k6to4)) return scope_of_v4(embedded_v4(bytes, 2));
  if (is_metadata_v6(bytes)) return AddressScope::special;
  const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  if (link_local || bytes[0] == 0xff) return AddressScope::special;
  const bool site_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0;
  const bool unique_local = (bytes[0] & 0xfe) == 0xfc;
  const bool odd = begins_with(bytes, kNat64Local) || begins_with(bytes, kTeredo) ||
                   begins_with(bytes, kDocumentation);
  if (site_local || unique_local || odd) return AddressScope::private_net;
  return AddressScope::public_net;
}

}  // namespace

AddressScope scope_of(const address& address) {
  return address.is_v4() ? scope_of_v4(address.to_v4().to_uint()) : scope_of_v6(address.to_v6());
}

}  // namespace shoal::upstream
