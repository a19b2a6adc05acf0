#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client_socket.h"
#include "http/server.h"

namespace shoal::http {

struct ServerState;

// The Responder of one request on one connection.
class ResponseWriter final : public Responder {
 public:
  // All references outlive the writer. `keep_alive`: whether another request may follow this one.
  ResponseWriter(ServerState& server, ClientSocket& socket, const Request& request,
                 bool keep_alive);

  Awaitable<Result<void>> send(ResponseHead head, std::string body) override;
  Awaitable<Result<void>> send_head(ResponseHead head, std::uint64_t content_length) override;
  Awaitable<Result<void>> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  Awaitable<Result<void>> send_bytes(std::string bytes) override;
  bool head_sent() const override { return status_ != 0; }
  void abandon(std::string why) override { abandoned_ = std::move(why); }
  bool client_gone() override { return socket_.client_gone(); }
  void annotate(std::string name, std::string value) override;
  void classify(std::string kind) override { kind_ = std::move(kind); }

  // No other request may follow after all.
  void close_connection() { keep_alive_ = false; }
  // The response went out whole and the client may send the next request.
  bool connection_reusable() const { return complete() && keep_alive_; }
  // Counts the request and writes its line in the log. `failure` is what the handler threw, or
  // empty.
  void record(const std::string& failure);

 private:
  // Throws  std::logic_error where the handler sends before a head, or more than it promised.
  void check_body(std::uint64_t size) const;
  // Counts what went out since the socket had sent `before` bytes, and remembers a failure.
  void body_sent(std::uint64_t before, const Result<void>& outcome);
  Result<void> outcome_so_far() const;
  bool complete() const;

  ServerState& server_;
  ClientSocket& socket_;
  const Request& request_;
  bool keep_alive_;
  bool body_wanted_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  int status_ = 0;  // of the head that was sent; 0 before
  std::uint64_t promised_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::optional<Error> broken_;  // why a send failed; no further one is tried
  std::string abandoned_;
  std::string kind_ = "other";
  std::vector<std::pair<std::string, std::string>> annotations_;
};

}  // namespace shoal::http
