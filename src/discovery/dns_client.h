#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/event.h"
#include "base/result.h"
#include "base/task.h"
#include "discovery/dns_message.h"

namespace shoal::discovery {

struct DnsClientOptions {
  std::vector<std::string> servers;  // "127.0.0.1:53"; empty = those of /etc/resolv.conf
  // Appended to names that are not fully qualified; std::nullopt = those of /etc/resolv.conf.
  std::optional<std::vector<std::string>> search_domains;
  std::chrono::milliseconds timeout{2'000};  // of the first try of a server; later ones get more
  int tries = 2;                             // of each server
};

enum class DnsType { a, aaaa, srv };

// Asks DNS servers, many questions at a time, without blocking: c-ares on the reactor. An answer that
// does not fit a datagram is asked for again over TCP. Reads resolv.conf once, when it is made.
// Thread  the reactor's.   Lifetime  its questions may outlive it; they end with canceled.
class DnsClient {
 public:
  // One question on its way.
  class Question {
   public:
    explicit Question(const asio::any_io_executor& executor) : answered_(executor) {}

    // Errors  not_found: there is no such name, or it has no such records; unavailable: the servers
    //         are out of reach, refuse or fail; timeout; protocol; canceled. Messages name the name.
    Awaitable<Result<DnsMessage>> answer();

   private:
    friend class DnsClient;
    std::optional<Result<DnsMessage>> result_;
    Event answered_;
  };

  // Errors  unavailable: resolv.conf cannot be read, or no memory; invalid_argument: no server.
  static Result<std::unique_ptr<DnsClient>> create(asio::any_io_executor reactor,
                                                   const DnsClientOptions& options);
  ~DnsClient();
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  std::shared_ptr<Question> ask(const std::string& name, DnsType type);
  // Ends all questions that are open.
  void cancel();

 private:
  class Channel;
  explicit DnsClient(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  std::shared_ptr<Channel> channel_;  // what waits for sockets and timers only looks at it
};

}  // namespace shoal::discovery
