#include "upstream/connector.h"

#include <algorithm>
#include <string_view>

namespace shoal::upstream {
namespace {

using std::chrono::steady_clock;

// One dead address, say IPv6 that leads nowhere, must not use up the time of the others.
SteadyTime share_of(SteadyTime deadline, std::size_t addresses_left) {
  const auto now = steady_clock::now();
  if (deadline <= now) return deadline;
  return now + (deadline - now) / static_cast<long>(addresses_left);
}

void drop_out_of_scope(Addresses& addresses, AddressScope limit) {
  const auto forbidden = [limit](const auto& address) {
    return !may_lead(limit, scope_of(address));
  };
  addresses.erase(std::remove_if(addresses.begin(), addresses.end(), forbidden), addresses.end());
}

// Whether it is an address in one of its old spellings, such as 127.1, 2130706433 or 0x7f000001: no
// top-level domain is a number.
bool is_odd_address(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool digits = last.find_first_not_of("0123456789") == std::string_view::npos;
  return digits || last.starts_with("0x");
}

// Of an address written out in a URL, and of this machine's names; other names are anywhere.
AddressScope scope_of_literal(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);  // a name's root
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) return scope_of(address);
  if (is_odd_address(host)) return AddressScope::special;
  const bool here = host == "localhost" || host.ends_with(".localhost");
  return here ? AddressScope::loopback : AddressScope::public_net;
}

}  // namespace

tl::unexpected<Error> Connector::forbidden(const Url& url) {
  metrics_.upstream_refused_addresses.Increment();
  return fail(Errc::protocol,
              "host " + url.host() + " is at an address we may not be led to from there");
}

Awaitable<Result<Addresses>> Connector::look_up(const Url& url, AddressScope limit,
                                                SteadyTime deadline) {
  std::string host = url.host();
  auto addresses = co_await resolver_.resolve(std::move(host), deadline);
  if (!addresses) co_return fail(addresses.error());
  drop_out_of_scope(*addresses, limit);
  if (addresses->empty()) co_return forbidden(url);
  co_return addresses;
}

Awaitable<Result<std::unique_ptr<Connection>>> Connector::open(const Url& url, Egress egress,
                                                               AddressScope limit) {
  const SteadyTime deadline = steady_clock::now() + timeout_;
  const bool direct = egress.proxy == nullptr;
  if (!direct && !may_lead(limit, scope_of_literal(url.host()))) co_return forbidden(url);
  // The proxy may be anywhere: an operator wrote it down.
  auto addresses = co_await look_up(direct ? url : egress.proxy->url,
                                    direct ? limit : AddressScope::special, deadline);
  if (!addresses) co_return fail(addresses.error());
  Error last;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const SteadyTime share = share_of(deadline, addresses->size() - i);
    auto connection = co_await open_at((*addresses)[i], url, egress, share);
    if (connection) co_return connection;
    last = std::move(connection.error());
    if (last.code == Errc::canceled || last.code == Errc::protocol) break;
  }
  co_return fail(std::move(last));
}

Awaitable<Result<std::unique_ptr<Connection>>> Connector::open_at(asio::ip::address address,
                                                                  const Url& url, Egress egress,
                                                                  SteadyTime deadline) {
  auto connection = std::make_unique<Connection>(executor_, stop_);
  const Proxy* proxy = egress.proxy;
  const asio::ip::tcp::endpoint endpoint(address,
                                         proxy == nullptr ? url.port() : proxy->url.port());
  auto connected = co_await connection->connect(endpoint, deadline);
  if (!connected) co_return fail(connected.error());
  if (proxy != nullptr) connection->see_through(scope_of_literal(url.host()));
  if (proxy != nullptr && url.tls()) {
    std::string authority = url.host_port();
    std::string authorization = proxy->authorization;
    auto through =
        co_await connection->tunnel(std::move(authority), std::move(authorization), deadline);
    if (!through) co_return fail(through.error());
  }
  if (url.tls()) {
    std::string host = url.host();
    auto shaken = co_await connection->handshake(*egress.tls, std::move(host), deadline);
    if (!shaken) co_return fail(shaken.error());
  }
  co_return connection;
}

}  // namespace shoal::upstream
