#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "base/task.h"
#include "discovery/dns_records.h"

namespace shoal::discovery::testing {

// A DNS server on 127.0.0.1, UDP and TCP on the same port, in the test's own thread. A name it was
// told nothing of does not exist; one that it knows has no records of other types.
class FakeDns {
 public:
  explicit FakeDns(asio::io_context& io);
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;

  // "127.0.0.1:PORT"
  std::string address() const;
  void set(const std::string& name, std::uint16_t type, Reply reply);
  void set_records(std::vector<Record> records);  // each replaces what its name and type had
  // Questions for this, over UDP and over TCP.
  int asked_udp(const std::string& name, std::uint16_t type) const;
  int asked_tcp(const std::string& name, std::uint16_t type) const;

 private:
  using Key = std::pair<std::string, std::uint16_t>;
  struct Connection {
    explicit Connection(asio::ip::tcp::socket socket_in) : socket(std::move(socket_in)) {}
    asio::ip::tcp::socket socket;
    std::string buffer = std::string(2, '\0');
  };

  Reply reply_to(const Query& query) const;
  void receive();
  void accept();
  void read_size(const std::shared_ptr<Connection>& connection);
  void read_query(const std::shared_ptr<Connection>& connection);

  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  asio::ip::udp::endpoint sender_;
  std::string buffer_ = std::string(2048, '\0');
  std::map<Key, Reply> replies_;
  std::map<Key, int> asked_udp_, asked_tcp_;
};

}  // namespace shoal::discovery::testing
