#include "http/connection.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/bytes.h"
#include "base/random.h"

namespace shoal::http {
namespace {

// How long and how much a connection that ends still listens.
constexpr std::chrono::seconds kLinger{2};
constexpr std::uint64_t kLingerBytesMax = 16 * kMiB;

SteadyTime in(std::chrono::steady_clock::duration wait) {
  return std::chrono::steady_clock::now() + wait;
}

ResponseHead plain_head(int status) {
  ResponseHead head(status);
  head.set("Content-Type", "text/plain; charset=utf-8");
  return head;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerState> server, asio::ip::tcp::socket socket,
                       std::string remote)
    : server_(std::move(server)),
      socket_(std::move(socket), server_->options.send_timeout),
      remote_(std::move(remote)) {
  server_->connections.insert(this);
  if (server_->metrics != nullptr && server_->is_mirror()) {
    server_->metrics->http_connections.Increment();
  }
}

Connection::~Connection() {
  server_->connections.erase(this);
  server_->connection_closed.notify_all();
  if (server_->metrics != nullptr && server_->is_mirror()) {
    server_->metrics->http_connections.Decrement();
  }
}

Awaitable<void> Connection::run() {
  const auto executor = co_await asio::this_coro::executor;
  while (co_await serve_request()) {
    // A client that pipelines without end must not keep the others from their turn.
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (!between_requests_) co_await linger();
}

void Connection::finish_soon() {
  if (between_requests_) socket_.interrupt_read();
}

Awaitable<bool> Connection::serve_request() {
  RequestParser parser(server_->options.header_bytes_max, server_->options.body_bytes_max);
  const bool received = co_await receive(parser);
  if (!received) co_return false;
  ++requests_;
  if (parser.state() == RequestParser::State::refused) {
    Refusal why = parser.refusal();
    co_return co_await refuse(std::move(why));
  }
  co_return co_await answer(parser);
}

Awaitable<bool> Connection::receive(RequestParser& parser) {
  using State = RequestParser::State;
  const ServerOptions& options = server_->options;
  between_requests_ = input_.empty();
  if (between_requests_) input_.shrink_to_fit();  // there may be thousands that wait like this
  SteadyTime deadline = in(between_requests_ ? options.idle_timeout : options.header_timeout);
  while (true) {
    const State before = parser.state();
    input_.erase(0, parser.feed(input_));
    const State state = parser.state();
    if (state == State::complete || state == State::refused) co_return true;
    if (state == State::body && parser.expects_continue()) co_return true;
    if (state != before) deadline = in(options.header_timeout);
    if (between_requests_ && server_->draining) co_return false;

    const auto got = co_await socket_.read(input_, deadline);
    if (!got && got.error().code == Errc::timeout && !between_requests_) {
      parser.refuse({408, "the request did not arrive in time"});
      co_return true;
    }
    if (!got || *got == 0) co_return false;
    if (between_requests_) deadline = in(options.header_timeout);
    between_requests_ = false;
  }
}

Awaitable<bool> Connection::answer(RequestParser& parser) {
  // A client that waits for 100 Continue gets its final answer at once, as no handler here wants a
  // body. Whether it still sends the body cannot be known, so nothing can follow.
  const bool whole = parser.state() == RequestParser::State::complete;
  const bool keep_alive = whole && parser.keep_alive() && !server_->draining &&
                          requests_ < server_->options.requests_per_connection_max;
  Request request = parser.take_request();
  identify(request);
  ResponseWriter response(*server_, socket_, request, keep_alive);
  const bool handled = co_await call_handler(request, response);
  if (!handled || server_->draining) co_return false;
  co_return response.connection_reusable();
}

Awaitable<bool> Connection::call_handler(const Request& request, ResponseWriter& response) {
  std::string failure;
  try {
    co_await server_->handler(request, response);
    if (!response.head_sent() && !response.client_gone()) failure = "it sent no response";
  } catch (const std::exception& e) {
    failure = e.what();
  } catch (...) {
    failure = "an exception of unknown type";
  }
  if (!failure.empty() && !response.head_sent()) {
    response.close_connection();
    ResponseHead head = plain_head(500);
    std::string body = "internal error in request " + request.id + "\n";
    co_await response.send(std::move(head), std::move(body));
  }
  response.record(failure);
  co_return failure.empty();
}

Awaitable<bool> Connection::refuse(Refusal why) {
  Request request;
  identify(request);
  ResponseWriter response(*server_, socket_, request, false);
  response.annotate("refused", why.reason);
  ResponseHead head = plain_head(why.status);
  std::string body = std::move(why.reason) + "\n";
  co_await response.send(std::move(head), std::move(body));
  response.record({});
  co_return false;
}

void Connection::identify(Request& request) const {
  request.id = random_hex(16);
  request.remote = remote_;
}

Awaitable<void> Connection::linger() {
  socket_.finish_sending();
  const SteadyTime deadline = in(kLinger);
  std::uint64_t dropped_bytes = 0;
  while (dropped_bytes < kLingerBytesMax) {
    input_.clear();
    const auto got = co_await socket_.read(input_, deadline);
    if (!got || *got == 0) co_return;
    dropped_bytes += *got;
  }
}

}  // namespace shoal::http
