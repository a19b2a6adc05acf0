#include "upstream/connector.h"

#include <algorithm>

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

}  // namespace

Awaitable<Result<std::unique_ptr<Connection>>> Connector::open(const Url& url,
                                                               asio::ssl::context& tls,
                                                               AddressScope limit) {
  const SteadyTime deadline = steady_clock::now() + timeout_;
  std::string host = url.host();
  auto addresses = co_await resolver_.resolve(std::move(host), deadline);
  if (!addresses) co_return fail(addresses.error());
  drop_out_of_scope(*addresses, limit);
  if (addresses->empty()) {
    co_return fail(Errc::protocol,
                   "host " + url.host() + " is at an address we may not be led to from there");
  }
  Error last;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const SteadyTime share = share_of(deadline, addresses->size() - i);
    auto connection = co_await open_at((*addresses)[i], url, tls, share);
    if (connection) co_return connection;
    last = std::move(connection.error());
    if (last.code == Errc::canceled || last.code == Errc::protocol) break;
  }
  co_return fail(std::move(last));
}

Awaitable<Result<std::unique_ptr<Connection>>> Connector::open_at(asio::ip::address address,
                                                                  const Url& url,
                                                                  asio::ssl::context& tls,
                                                                  SteadyTime deadline) {
  auto connection = std::make_unique<Connection>(executor_, stop_);
  const asio::ip::tcp::endpoint endpoint(address, url.port());
  auto connected = co_await connection->connect(endpoint, deadline);
  if (!connected) co_return fail(connected.error());
  if (url.tls()) {
    std::string host = url.host();
    auto shaken = co_await connection->handshake(tls, std::move(host), deadline);
    if (!shaken) co_return fail(shaken.error());
  }
  co_return connection;
}

}  // namespace shoal::upstream
