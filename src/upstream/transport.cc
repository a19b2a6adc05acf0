#include "upstream/transport.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "base/version.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kDiscardBytesMax = 64 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr int kReadAllTimeouts = 4;

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string HttpRequest::serialise(const Proxy* proxy) const {
  const std::string server = proxy == nullptr ? "" : "http://" + url.authority();
  std::string out = method + " " + server + url.target() + " HTTP/1.1\r\n";
  add_header(out, "Host", url.authority());
  add_header(out, "User-Agent", std::string("shoal/") + kVersion);
  // Digests and ranges are of the bytes as stored, so nobody may compress them on the way.
  add_header(out, "Accept-Encoding", "identity");
  for (const auto& [name, value] : headers) add_header(out, name, value);
  if (proxy != nullptr && !proxy->authorization.empty()) {
    add_header(out, "Proxy-Authorization", proxy->authorization);
  }
  if (!body.empty()) add_header(out, "Content-Length", std::to_string(body.size()));
  return out + "\r\n" + body;
}

Awaitable<Result<std::size_t>> Pace::turn(std::size_t wanted) {
  if (!limit_) co_return wanted;
  const std::size_t bytes = std::min(wanted, limit_->share());
  const SteadyTime now = std::chrono::steady_clock::now();
  const SteadyTime turn = limit_->reserve(bytes, now);
  if (turn <= now) co_return bytes;
  const bool waited = co_await stop_.sleep_for(turn - now);
  if (!waited) co_return fail(Errc::canceled, "the upstream client is stopping");
  co_return bytes;
}

Awaitable<Result<std::size_t>> Response::read(std::span<std::byte> out) {
  auto turn = co_await pace_->turn(out.size());
  if (!turn) co_return fail(turn.error());
  auto size = co_await lease_.connection().read_body(out.first(*turn), read_timeout_);
  pace_->give_back(*turn - size.value_or(0));
  if (size) bytes_->Increment(static_cast<double>(*size));
  co_return size;
}

Awaitable<Result<std::string>> Response::read_all(std::size_t bytes_max) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kReadAllTimeouts * read_timeout_;
  std::string out;
  std::vector<std::byte> chunk(kReadBytes);
  while (true) {
    const auto size = co_await read(chunk);
    if (!size) co_return fail(size.error());
    if (*size == 0) co_return out;
    if (out.size() + *size > bytes_max) {
      co_return fail(Errc::too_large, "the body is over " + std::to_string(bytes_max) + " bytes");
    }
    out += as_text(std::span<const std::byte>(chunk.data(), *size));
    if (std::chrono::steady_clock::now() > deadline) {
      co_return fail(Errc::timeout, "the body comes too slowly");
    }
  }
}

Awaitable<void> Response::discard() {
  if (head_.content_length.value_or(0) > kDiscardBytesMax) co_return;
  // An error closes the connection when the lease ends, which is as good.
  const auto ignored = co_await read_all(kDiscardBytesMax);
  static_cast<void>(ignored);
}

Awaitable<Result<Response>> Transport::send(const HttpRequest& request, Egress egress,
                                            const std::string& label, AddressScope limit) {
  bool stale = false;
  auto response = co_await send_once(request, egress, label, limit, false, stale);
  if (!response && stale) {
    spdlog::debug("upstream: {}: a kept connection was stale", request.brief());
    response = co_await send_once(request, egress, label, limit, true, stale);
  }
  const bool answered = response.has_value();
  const std::string code = answered ? std::to_string(response->head().status) : "error";
  metrics_.upstream_requests(label, code).Increment();
  spdlog::debug("upstream: {}: {}", request.brief(), answered ? code : response.error().message);
  if (answered) co_return response;
  Error error = std::move(response.error());
  error.message = request.brief() + ": " + error.message;
  co_return fail(std::move(error));
}

Awaitable<Result<Response>> Transport::send_once(const HttpRequest& request, Egress egress,
                                                 const std::string& label, AddressScope limit,
                                                 bool fresh, bool& stale) {
  auto lease = co_await pool_.acquire(request.url, egress, limit, fresh);
  if (!lease) co_return fail(lease.error());
  // To a server behind a tunnel a proxy is invisible.
  const Proxy* proxy = request.url.tls() ? nullptr : egress.proxy;
  const std::string message = request.serialise(proxy);
  const bool head_request = request.method == "HEAD";
  auto head = co_await lease->connection().exchange(message, head_request, timeouts_.header);
  if (!head) {
    stale = lease->reused() && !lease->connection().response_began() &&
            head.error().code == Errc::unavailable;
    co_return fail(head.error());
  }
  Response response(std::move(*lease), std::move(*head), timeouts_.read,
                    metrics_.upstream_bytes(label), pace_);
  co_return response;
}

}  // namespace shoal::upstream
