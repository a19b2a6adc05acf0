#pragma once

#include <memory>
#include <set>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "base/event.h"
#include "base/metrics.h"
#include "base/task.h"
#include "http/client_socket.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "http/server.h"

namespace shoal::http {

class Connection;

// What one server and its connections share. Each connection keeps it alive.
// Thread  the server's executor only.
struct ServerState {
  ServerState(const asio::any_io_executor& executor, ServerOptions options_in, Metrics& metrics_in,
              Handler handler_in)
      : options(std::move(options_in)),
        metrics(&metrics_in),
        handler(std::move(handler_in)),
        connection_closed(executor) {}

  // The gauges of connections and bytes tell of the mirror alone.
  bool is_mirror() const { return options.name == "mirror"; }

  const ServerOptions options;
  Metrics* metrics;  // null once the server is gone: the caller may then end the metrics too
  const Handler handler;
  std::set<Connection*> connections;
  Event connection_closed;
  bool draining = false;
};

// One client's connection: reads requests, has the handler answer them one after the other, and
// ends with FIN whatever happened.
class Connection {
 public:
  Connection(std::shared_ptr<ServerState> server, asio::ip::tcp::socket socket, std::string remote);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Awaitable<void> run();

  // Closes the connection now if it is between requests; else after the present one.
  void finish_soon();
  void end_now() { socket_.end(); }

 private:
  // Reads and answers one request.   Returns  whether the connection can take another.
  Awaitable<bool> serve_request();
  // Feeds `parser` until it has a request to answer, or to refuse.
  // Returns  false when there is none to answer: the client left, or was idle for too long.
  Awaitable<bool> receive(RequestParser& parser);
  Awaitable<bool> answer(RequestParser& parser);
  Awaitable<bool> refuse(Refusal why);
  // Returns  false when the handler failed: what it left of the response cannot be relied on.
  Awaitable<bool> call_handler(const Request& request, ResponseWriter& response);
  // Reads and drops what the client still sends: closing with bytes unread would make the kernel
  // send RST, and the client would lose the end of the response and the right to resume.
  Awaitable<void> linger();
  void identify(Request& request) const;

  std::shared_ptr<ServerState> server_;
  ClientSocket socket_;
  std::string remote_;
  std::string input_;  // bytes that arrived and belong to no request yet
  std::size_t requests_ = 0;
  bool between_requests_ = false;
};

}  // namespace shoal::http
