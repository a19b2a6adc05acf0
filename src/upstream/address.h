#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

namespace shoal::upstream {

// How close to this machine's own secrets an address lies, from harmless to never meant for us.
enum class AddressScope : std::uint8_t {
  public_net,   // the Internet
  private_net,  // RFC 1918, unique local, carrier-grade NAT, documentation and benchmark networks
  loopback,     // this machine, also "this host" 0.0.0.0 and ::
  special,      // link-local, cloud metadata services, multicast, reserved
};

// IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) count as that address.
AddressScope scope_of(const boost::asio::ip::address& address);

inline bool is_private_address(const boost::asio::ip::address& address) {
  return scope_of(address) != AddressScope::public_net;
}

// Whether something a server at `from` said may make us talk to an address at `to`: only to places
// as far out as the server itself, or further out. So no registry on the Internet leads us to a
// private address, and none but a link-local one to a metadata service.
inline bool may_lead(AddressScope from, AddressScope to) {
  return to <= from;
}

}  // namespace shoal::upstream
