#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/clocks.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/address.h"
#include "upstream/response_head.h"
#include "upstream/stop_signal.h"

namespace shoal::upstream {

// One HTTP/1.1 client connection, plain or TLS. One request at a time: exchange(), then read_body()
// until it says 0. After any error nothing but destroying it makes sense.
// Errors of all calls: unavailable (refused, reset, ended early); timeout; protocol, too_large
// (what came is not acceptable HTTP); canceled (the stop signal was given). Thread  the reactor's.
class Connection {
 public:
  Connection(const asio::any_io_executor& executor, StopSignal& stop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Awaitable<Result<void>> connect(asio::ip::tcp::endpoint endpoint, SteadyTime deadline);
  // Asks the proxy we are connected to for a way to `authority` (host:port).
  // Errors  also denied: the proxy refuses.
  Awaitable<Result<void>> tunnel(std::string authority, std::string authorization,
                                 SteadyTime deadline);
  // Makes it a TLS connection to `host`, whose certificate must be for that name or address.
  // Errors  protocol: the certificate is not accepted; trying again will not help.
  // Lifetime  `context` outlives the connection.
  Awaitable<Result<void>> handshake(asio::ssl::context& context, std::string host,
                                    SteadyTime deadline);

  // Sends `message`, a whole request, and reads the response's header.
  // Lifetime  `message` outlives the await.
  Awaitable<Result<ResponseHead>> exchange(const std::string& message, bool head_request,
                                           std::chrono::milliseconds timeout);
  // Returns  how many bytes came, at least one; 0 = the body is over.
  Awaitable<Result<std::size_t>> read_body(std::span<std::byte> out,
                                           std::chrono::milliseconds timeout);

  // Whether another request may be sent: the last response came whole and the server keeps open.
  bool reusable() const;
  // False where the server has closed its side of an idle connection, or sent what nobody asked
  // for.
  bool still_open() const;
  // Whether any byte of the last exchange's response came.
  bool response_began() const;
  // Of the address we are connected to; behind a proxy, of what see_through() said.
  AddressScope scope() const;
  void see_through(AddressScope scope);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::upstream
