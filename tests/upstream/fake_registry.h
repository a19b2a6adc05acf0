#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace shoal::upstream::testing {

// One request as the fake server saw it.
struct Seen {
  std::string method;
  std::string target;                          // as sent
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // which connection it came on, from 1
  int index = 0;       // which request of that connection it is, from 0

  std::string path() const { return target.substr(0, target.find('?')); }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

// The server's side of one connection.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual std::size_t read_some(char* data, std::size_t size) = 0;  // 0: it is over
  virtual bool write(std::string_view bytes) = 0;                   // false: it is over
  virtual void reset() = 0;                                         // ends with RST
  virtual int fd() const = 0;
};

// What the server does with a request.
struct Answer {
  Answer(int status_in, std::string body_in) : status(status_in), body(std::move(body_in)) {}
  Answer& set(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  int status;
  std::string body;  // a HEAD's answer has its length only
  std::vector<std::pair<std::string, std::string>> headers;
  bool says_length = true;               // adds Content-Length
  bool close_after = false;              // closes once it is sent
  std::function<void(Wire&)> by_hand{};  // does it all instead, then the connection closes
};

// Closes the connection without a word.
Answer hang_up();
Answer raw(std::string bytes);

using Responder = std::function<Answer(const Seen&)>;

// A scripted HTTP/1.1 server on a loopback address and a port of its own, with threads of its own.
// What has no script is answered 404. Thread-safe; scripts run on the server's threads, one per
// connection, and keep their state from call to call.
class FakeRegistry {
 public:
  struct Tls {
    std::string certificate_pem;
    std::string key_pem;
    std::string client_ca_pem{};  // clients must show a certificate of that authority; empty = none
  };
  explicit FakeRegistry(const std::string& address = "127.0.0.1", std::optional<Tls> tls = {});
  ~FakeRegistry();
  FakeRegistry(const FakeRegistry&) = delete;
  FakeRegistry& operator=(const FakeRegistry&) = delete;

  // `path` without a query.
  void on(const std::string& method, const std::string& path, Responder responder);
  // The answers in turn; the last one stays.
  void on(const std::string& method, const std::string& path, std::vector<Answer> answers);

  std::string url(const std::string& path = "") const;
  std::string host_port() const;
  std::uint16_t port() const { return port_; }

  std::vector<Seen> seen() const;
  std::vector<Seen> seen(const std::string& method, const std::string& path) const;
  int connections() const { return connection_count_; }

 private:
  struct Connection;
  void accept_all();
  void serve(Connection& connection);
  void serve_requests(Wire& wire, int number);
  Answer answer_to(const Seen& request);

  std::string address_;
  std::uint16_t port_ = 0;
  std::optional<Tls> tls_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connection_count_{0};
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Responder>> responders_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::thread acceptor_;
};

}  // namespace shoal::upstream::testing
