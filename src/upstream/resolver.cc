#include "upstream/resolver.h"

#include <cstring>
#include <memory>
#include <optional>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/event.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kAddressesMax = 16;

asio::ip::address to_address(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, info.ai_addr, sizeof in);
    return asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
  }
  sockaddr_in6 in6{};
  std::memcpy(&in6, info.ai_addr, sizeof in6);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
  return asio::ip::address_v6(bytes, in6.sin6_scope_id);
}

Result<Addresses> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return fail(Errc::unavailable, "host " + host + " cannot be resolved: " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Addresses out;
  for (const addrinfo* at = found; at != nullptr && out.size() < kAddressesMax; at = at->ai_next) {
    if (at->ai_family == AF_INET || at->ai_family == AF_INET6) out.push_back(to_address(*at));
  }
  if (out.empty()) return fail(Errc::unavailable, "host " + host + " has no address");
  return out;
}

// Outlives the one who waits: a blocked getaddrinfo cannot be called back.
struct LookUp {
  LookUp(const asio::any_io_executor& executor, std::string host_in)
      : host(std::move(host_in)), finished(executor) {}
  std::string host;
  Event finished;
  std::optional<Result<Addresses>> answer;
};

Awaitable<void> run(std::shared_ptr<LookUp> look_up_state, asio::thread_pool& pool) {
  auto work = [host = look_up_state->host] { return look_up(host); };
  look_up_state->answer = co_await offload(pool, std::move(work));
  look_up_state->finished.notify_all();
}

}  // namespace

Awaitable<Result<Addresses>> SystemResolver::resolve(std::string host, SteadyTime deadline) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) {
    Addresses only(1, literal);
    co_return only;
  }
  const auto state = std::make_shared<LookUp>(executor_, std::move(host));
  auto task = run(state, pool_);
  spawn(executor_, "dns look-up", std::move(task));
  const StopSignal::Hook hook(stop_, [&state] { state->finished.notify_all(); });
  bool in_time = true;
  while (!state->answer && !stop_.stopped() && in_time) {
    in_time = co_await state->finished.wait_until(deadline);
  }
  if (stop_.stopped()) co_return fail(Errc::canceled, "the upstream client is stopping");
  if (!state->answer) {
    co_return fail(Errc::timeout, "host " + state->host + " was not resolved in time");
  }
  co_return *state->answer;
}

}  // namespace shoal::upstream
