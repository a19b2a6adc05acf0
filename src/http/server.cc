#include "http/server.h"

#include <csignal>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/event.h"
#include "base/host_port.h"
#include "http/connection.h"

namespace shoal::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// How long to wait after accept(2) failed for want of descriptors or memory, which come back only
// when other connections end.
constexpr std::chrono::milliseconds kAcceptBackoff{100};

prometheus::Counter& refused_connections(Metrics& metrics, const std::string& name) {
  return prometheus::BuildCounter()
      .Name("shoal_http_refused_connections_total")
      .Help("Connections closed at once because too many were open.")
      .Register(metrics.registry())
      .Add({{"port", name}});
}

Result<tcp::endpoint> parse_endpoint(const std::string& text) {
  const auto place = parse_listen_address(text);
  if (!place) return fail(place.error());
  error_code error;
  const auto address = asio::ip::make_address(place->host, error);
  if (error) return fail(Errc::invalid_argument, place->host + ": " + error.message());
  return tcp::endpoint(address, place->port);
}

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

// A connection's whole life. It owns the connection, so that it ends with the coroutine.
Awaitable<void> run_connection(std::unique_ptr<Connection> connection) {
  co_await connection->run();
}

}  // namespace

class Server::Impl {
 public:
  Impl(asio::io_context& io, ServerOptions options, Metrics& metrics, Handler handler)
      : refused(refused_connections(metrics, options.name)),
        executor(io.get_executor()),
        acceptor(io),
        backoff(io),
        state(std::make_shared<ServerState>(executor, std::move(options), metrics,
                                            std::move(handler))) {}

  Result<void> listen(const tcp::endpoint& endpoint);
  void stop_accepting();
  void admit(tcp::socket socket);

  prometheus::Counter& refused;
  asio::any_io_executor executor;
  tcp::acceptor acceptor;
  asio::steady_timer backoff;
  std::shared_ptr<ServerState> state;
  std::uint16_t port = 0;

  static Awaitable<void> accept_loop(std::shared_ptr<Impl> impl);
};

Result<void> Server::Impl::listen(const tcp::endpoint& endpoint) {
  const auto step = [](const error_code& error) { return !error; };
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (step(error)) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (step(error)) acceptor.bind(endpoint, error);
  if (step(error)) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (step(error)) port = acceptor.local_endpoint(error).port();
  if (!error) return {};
  error_code ignored;
  acceptor.close(ignored);
  return fail(Errc::io, fmt::format("cannot listen on {}: {}", to_text(endpoint), error.message()));
}

void Server::Impl::stop_accepting() {
  state->draining = true;
  error_code ignored;
  acceptor.close(ignored);
  backoff.cancel();
}

Awaitable<void> Server::Impl::accept_loop(std::shared_ptr<Impl> impl) {
  while (!impl->state->draining) {
    tcp::socket socket(impl->executor);
    error_code error;
    co_await impl->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (impl->state->draining) co_return;
    if (!error) {
      impl->admit(std::move(socket));
      continue;
    }
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
    spdlog::warn("{} server cannot accept a connection: {}", impl->state->options.name,
                 error.message());
    impl->backoff.expires_after(kAcceptBackoff);
    co_await impl->backoff.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Server::Impl::admit(tcp::socket socket) {
  if (state->connections.size() >= state->options.connections_max) {
    refused.Increment();
    return;
  }
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // it has left already
  auto connection = std::make_unique<Connection>(state, std::move(socket), to_text(remote));
  spawn(executor, "http connection", run_connection(std::move(connection)));
}

Server::Server(asio::io_context& io, ServerOptions options, Metrics& metrics, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(options), metrics, std::move(handler))) {}

Server::~Server() {
  impl_->stop_accepting();
  // After drain() none is left. Without it (a failed start) the frames of what is left end with the
  // io_context, which may be later than the metrics.
  for (Connection* connection : impl_->state->connections) connection->end_now();
  impl_->state->metrics = nullptr;
}

Result<void> Server::listen(const std::string& address) {
  // sendfile(2) has no MSG_NOSIGNAL, and a client that left is no reason to end the process.
  std::signal(SIGPIPE, SIG_IGN);
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) return fail(endpoint.error());
  auto listening = impl_->listen(*endpoint);
  if (!listening) return listening;
  spawn(impl_->executor, "http accept", Impl::accept_loop(impl_));
  return {};
}

std::uint16_t Server::port() const {
  return impl_->port;
}

Awaitable<void> Server::drain(std::chrono::steady_clock::time_point deadline) {
  const auto impl = impl_;
  ServerState& state = *impl->state;
  impl->stop_accepting();
  for (Connection* connection : state.connections) connection->finish_soon();
  while (!state.connections.empty()) {
    const bool changed = co_await state.connection_closed.wait_until(deadline);
    if (!changed) break;
  }
  for (Connection* connection : state.connections) connection->end_now();
  while (!state.connections.empty()) {
    co_await state.connection_closed.wait_until(SteadyTime::max());
  }
}

}  // namespace shoal::http
