#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/host_port.h"
#include "base/result.h"

namespace shoal::loadtest {

using SteadyTime = std::chrono::steady_clock::time_point;

// How long things may take: every step on its own, and all of them together.
struct TimeLimits {
  std::chrono::milliseconds step{0};  // connecting; waiting for a head; waiting for the next bytes
  SteadyTime deadline;
};

struct HttpRequest {
  HttpRequest(std::string method_in, std::string target_in, std::string accept_in)
      : method(std::move(method_in)), target(std::move(target_in)), accept(std::move(accept_in)) {}

  std::string method;  // GET or HEAD
  std::string target;
  std::string accept;
  std::string range;  // empty: none
};

struct HttpAnswer {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  std::string content_range;   // these are empty where the header is missing
  std::string content_digest;  // Docker-Content-Digest
  std::string content_type;
};

enum class BodyState { more, complete, broken_off };

// The next bytes of a body. `broken_off`: the server ended the connection (FIN) too early.
struct BodyPart {
  std::span<const std::byte> bytes;  // valid until the connection's next call
  BodyState state = BodyState::more;
};

// A blocking HTTP/1.1 client of one server. It connects when it must and keeps the connection where
// the server does.   Thread  one at a time.
class HttpConnection {
 public:
  // `address` is what resolve() found for `server`.
  HttpConnection(const HostPort& server, std::string address, TimeLimits limits);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Sends the request and waits for the answer's head. A kept connection that the server has closed
  // meanwhile is replaced once.
  // Errors  unavailable (no connection, reset, no answer); timeout; protocol (not HTTP).
  Result<HttpAnswer> send(const HttpRequest& request);
  // Errors  unavailable (reset); timeout; protocol.
  Result<BodyPart> read_body();
  // Ends the connection, in the middle of a body or not.
  void drop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The first IP address of `host`; an address stands for itself.
// Errors  unavailable. Limits  as long as the system's resolver takes.
Result<std::string> resolve(const std::string& host);

}  // namespace shoal::loadtest
