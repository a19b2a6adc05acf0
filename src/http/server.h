#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::http {

// One request, as the handler sees it. Copies of what came over the wire: nothing here points into
// a connection's buffers.
struct Request {
  std::string id;      // 16 hex digits, ours; in the log line and in the X-Request-Id header
  std::string method;  // "GET", as sent
  std::string target;  // as sent, percent-encoding and all
  std::string path;    // percent-decoded, before '?'; empty where an escape is broken or hides NUL
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  std::string remote;                                        // "127.0.0.1:51234"

  // The first header of that (lower-case) name.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
};

// Status and headers of a response. Content-Length, Date, Connection and X-Request-Id are added by
// the connection.
struct ResponseHead {
  explicit ResponseHead(int status_in) : status(status_in) {}
  ResponseHead& set(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  int status;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The one response to one request. A handler calls either send(), or send_head() and then
// send_file() or send_bytes() until `content_length` bytes are out. For HEAD requests the head goes
// out with its Content-Length and body calls are accepted and write nothing.
// A handler that returns with fewer bytes sent than promised (abandon() says why, for the log)
// makes the connection end with FIN, never RST, so that the client can resume by Range.
// Errors  of all calls: canceled (the client went away), timeout (the client took no byte for
//         ServerOptions::send_timeout); after one the handler should return.
// Thread  the server's executor.
class Responder {
 public:
  virtual ~Responder() = default;

  virtual Awaitable<Result<void>> send(ResponseHead head, std::string body) = 0;
  virtual Awaitable<Result<void>> send_head(ResponseHead head, std::uint64_t content_length) = 0;
  // By sendfile(2); `fd` stays the caller's and must outlive the await.
  // Errors  also io: the file ends before offset + size, or could not be read.
  virtual Awaitable<Result<void>> send_file(int fd, std::uint64_t offset, std::uint64_t size) = 0;
  virtual Awaitable<Result<void>> send_bytes(std::string bytes) = 0;

  virtual bool head_sent() const = 0;
  // The body breaks off here; `why` goes into the request's log line.
  virtual void abandon(std::string why) = 0;
  // Whether the client has closed its side or the connection broke. Cheap; call between sends and
  // while waiting for content.
  virtual bool client_gone() = 0;
  // A field for the request's log line, e.g. ("source", "peer").
  virtual void annotate(std::string name, std::string value) = 0;
  // What the request was, for metrics: base, manifest, blob, list or other. Default other.
  virtual void classify(std::string kind) = 0;
};

using Handler = std::function<Awaitable<void>(const Request&, Responder&)>;

struct ServerOptions {
  std::string name = "mirror";  // the `port` label of metrics, and the word in log lines
  std::chrono::seconds header_timeout{15};  // from the first byte of a request to its last header
  std::chrono::seconds idle_timeout{90};    // between requests on one connection
  std::chrono::seconds send_timeout{60};    // without the client taking a single byte
  std::uint32_t header_bytes_max = 16 * 1024;  // request line and headers together
  std::uint64_t body_bytes_max = 64 * 1024;    // request bodies are read and dropped
  std::size_t connections_max = 12000;         // further ones are closed at once
  std::size_t requests_per_connection_max = 100000;
};

// An HTTP/1.1 server on one executor (a single thread). Keep-alive; pipelined requests are answered
// in order. Malformed requests are answered 400 (431 for too large a header, 408 for a slow one)
// and closed. One log line a request.
class Server {
 public:
  // `metrics` must outlive the server. The handler may be called for many requests at once.
  Server(asio::io_context& io, ServerOptions options, Metrics& metrics, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds "address:port" (IPv4, or IPv6 in brackets; port 0 picks one) and begins to accept.
  // Errors  invalid_argument: not an address; io: in use, not ours: the message names the address.
  Result<void> listen(const std::string& address);
  std::uint16_t port() const;

  // Stops accepting, closes idle connections, lets requests in flight finish until `deadline`, then
  // ends what is left. Returns when no connection is left.
  Awaitable<void> drain(std::chrono::steady_clock::time_point deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace shoal::http
