#include "discovery/fake_dns.h"

#include <algorithm>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace shoal::discovery::testing {
namespace {

using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

const auto kLoopback = asio::ip::address_v4::loopback();

}  // namespace

FakeDns::FakeDns(asio::io_context& io) : udp_(io), tcp_(io) {
  // The port that UDP was given may be taken for TCP: then another one.
  for (int attempt = 0; attempt < 100 && !tcp_.is_open(); ++attempt) {
    udp_ = udp::socket(io, udp::endpoint(kLoopback, 0));
    const tcp::endpoint same(kLoopback, udp_.local_endpoint().port());
    error_code error;
    tcp_.open(tcp::v4());
    tcp_.bind(same, error);
    if (!error) tcp_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) tcp_.close();
  }
  receive();
  accept();
}

std::string FakeDns::address() const {
  return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port());
}

void FakeDns::set(const std::string& name, std::uint16_t type, Reply reply) {
  replies_[{name, type}] = std::move(reply);
}

void FakeDns::set_records(std::vector<Record> records) {
  for (const Record& record : records) replies_[{record.name, record.type}] = Reply();
  for (Record& record : records) {
    replies_[{record.name, record.type}].answers.push_back(std::move(record));
  }
}

int FakeDns::asked_udp(const std::string& name, std::uint16_t type) const {
  const auto found = asked_udp_.find({name, type});
  return found == asked_udp_.end() ? 0 : found->second;
}

int FakeDns::asked_tcp(const std::string& name, std::uint16_t type) const {
  const auto found = asked_tcp_.find({name, type});
  return found == asked_tcp_.end() ? 0 : found->second;
}

Reply FakeDns::reply_to(const Query& query) const {
  const auto found = replies_.find({query.name, query.type});
  if (found != replies_.end()) return found->second;
  Reply reply;
  const bool known = std::any_of(replies_.begin(), replies_.end(), [&](const auto& entry) {
    return entry.first.first == query.name;
  });
  if (!known) reply.code = kNxDomain;
  return reply;
}

void FakeDns::receive() {
  udp_.async_receive_from(
      asio::buffer(buffer_), sender_, [this](const error_code& error, std::size_t size) {
        if (error) return;
        const Query query = parse_query(buffer_.substr(0, size));
        ++asked_udp_[{query.name, query.type}];
        const Reply reply = reply_to(query);
        error_code ignored;
        if (!reply.silent)
          udp_.send_to(asio::buffer(render(query, reply, true)), sender_, 0, ignored);
        receive();
      });
}

void FakeDns::accept() {
  tcp_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error) return;
    read_size(std::make_shared<Connection>(std::move(socket)));
    accept();
  });
}

void FakeDns::read_size(const std::shared_ptr<Connection>& connection) {
  connection->buffer.resize(2);
  asio::async_read(connection->socket, asio::buffer(connection->buffer),
                   [this, connection](const error_code& error, std::size_t) {
                     if (!error) read_query(connection);
                   });
}

void FakeDns::read_query(const std::shared_ptr<Connection>& connection) {
  const auto octet = [&](std::size_t i) {
    return static_cast<unsigned char>(connection->buffer[i]);
  };
  connection->buffer.resize(static_cast<std::size_t>(octet(0) << 8U | octet(1)));
  asio::async_read(connection->socket, asio::buffer(connection->buffer),
                   [this, connection](const error_code& error, std::size_t) {
                     if (error) return;
                     const Query query = parse_query(connection->buffer);
                     ++asked_tcp_[{query.name, query.type}];
                     const Reply reply = reply_to(query);
                     if (reply.silent) return;
                     const std::string message = render(query, reply, false);
                     connection->buffer = {static_cast<char>(message.size() >> 8U),
                                           static_cast<char>(message.size() & 0xffU)};
                     connection->buffer += message;
                     asio::async_write(connection->socket, asio::buffer(connection->buffer),
                                       [this, connection](const error_code& failed, std::size_t) {
                                         if (!failed) read_size(connection);
                                       });
                   });
}

}  // namespace shoal::discovery::testing
