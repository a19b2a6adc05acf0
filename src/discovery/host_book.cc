#include "discovery/host_book.h"

#include <netdb.h>

#include <cstring>
#include <memory>
#include <utility>

namespace shoal::discovery {
namespace {

using Tcp = asio::ip::tcp;

Tcp::endpoint to_endpoint(const addrinfo& entry) {
  Tcp::endpoint endpoint;
  if (entry.ai_addrlen > endpoint.capacity()) return endpoint;
  endpoint.resize(entry.ai_addrlen);
  std::memcpy(endpoint.data(), entry.ai_addr, entry.ai_addrlen);
  return endpoint;
}

}  // namespace

Result<Endpoints> look_up(const HostPort& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  if (is_ip_address(host.host)) hints.ai_flags |= AI_NUMERICHOST;
  addrinfo* first = nullptr;
  const int error =
      getaddrinfo(host.host.c_str(), std::to_string(host.port).c_str(), &hints, &first);
  if (error != 0) {
    return fail(Errc::unavailable, host.host + " does not resolve: " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(first, &freeaddrinfo);
  Endpoints out;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      out.insert(to_endpoint(*entry));
  }
  return out;
}

Awaitable<void> HostBook::look_up_all(const std::vector<HostPort>& hosts, const bool& stopped) {
  std::map<std::string, Endpoints> known;
  for (const HostPort& host : hosts) {
    if (stopped) co_return;
    const std::string name = host.host + ":" + std::to_string(host.port);
    Result<Endpoints> found;
    if (is_ip_address(host.host)) {
      found = look_up(host);
    } else {
      auto job = [host] { return look_up(host); };
      found = co_await offload(disk_pool_, std::move(job));
    }
    if (found) {
      troubles_.well(name);
      known[name] = std::move(*found);
    } else {
      troubles_.failed(name, found.error());
      known[name] = std::move(known_[name]);
    }
  }
  known_ = std::move(known);
}

Endpoints HostBook::all() const {
  Endpoints out;
  for (const auto& [name, endpoints] : known_) {
    for (const Tcp::endpoint& endpoint : endpoints) {
      if (out.size() < kEndpointsMax) out.insert(endpoint);
    }
  }
  return out;
}

}  // namespace shoal::discovery
