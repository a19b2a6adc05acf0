#include "discovery/static_peers.h"

#include <netdb.h>

#include <cstring>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

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

Result<Endpoints> look_up(const HostPort& peer) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  if (is_ip_address(peer.host)) hints.ai_flags |= AI_NUMERICHOST;
  addrinfo* first = nullptr;
  const int error =
      getaddrinfo(peer.host.c_str(), std::to_string(peer.port).c_str(), &hints, &first);
  if (error != 0) {
    return fail(Errc::unavailable,
                "peer " + peer.host + " does not resolve: " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(first, &freeaddrinfo);
  Endpoints out;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      out.insert(to_endpoint(*entry));
  }
  return out;
}

StaticPeers::StaticPeers(asio::any_io_executor reactor, asio::thread_pool& disk_pool,
                         std::vector<HostPort> peers, std::chrono::milliseconds refresh,
                         std::function<void(const Endpoints&)> found)
    : disk_pool_(disk_pool),
      peers_(std::move(peers)),
      refresh_(refresh),
      found_(std::move(found)),
      stopping_(std::move(reactor)) {}

Awaitable<void> StaticPeers::run() {
  Endpoints told;
  bool first = true;
  while (!stopped_) {
    for (const HostPort& peer : peers_) {
      auto job = [peer] { return look_up(peer); };
      auto answer = co_await offload(disk_pool_, std::move(job));
      if (answer) {
        known_[peer.host + ":" + std::to_string(peer.port)] = std::move(*answer);
      } else {
        spdlog::warn("discovery: {}", answer.error().message);
      }
    }
    Endpoints all;
    for (const auto& [name, endpoints] : known_) all.insert(endpoints.begin(), endpoints.end());
    if (!stopped_ && (first || all != told)) found_(all);
    told = std::move(all);
    first = false;
    if (!stopped_) co_await stopping_.wait_until(std::chrono::steady_clock::now() + refresh_);
  }
}

void StaticPeers::stop() {
  stopped_ = true;
  stopping_.notify_all();
}

}  // namespace shoal::discovery
