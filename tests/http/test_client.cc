#include "http/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <gtest/gtest.h>

namespace shoal::http {

TestClient::TestClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{kPatience.count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  connected_ = ::connect(socket_, generic, sizeof address) == 0;
}

TestClient::~TestClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool TestClient::fill() {
  std::array<char, 65536> buffer;
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got < 0) ending_ = errno;
  if (got <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string TestClient::read(std::size_t size) {
  while (received_.size() < size && fill()) {
  }
  std::string out = received_.substr(0, size);
  received_.erase(0, size);
  return out;
}

std::string TestClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(received_, {});
}

int TestClient::ending() {
  read_to_end();
  return ending_;
}

std::string TestClient::response(bool head_only) {
  while (received_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return std::exchange(received_, {});
  }
  const std::size_t head_size = received_.find("\r\n\r\n") + 4;
  const std::string length = header_of(received_.substr(0, head_size), "Content-Length");
  const std::size_t body_size = head_only || length.empty() ? 0 : std::stoull(length);
  return read(head_size + body_size);
}

bool TestClient::wait_readable(std::chrono::milliseconds patience) {
  pollfd state{socket_, POLLIN, 0};
  return ::poll(&state, 1, static_cast<int>(patience.count())) > 0;
}

void TestClient::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void TestClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

std::string header_of(const std::string& response, const std::string& name) {
  const auto head_end = response.find("\r\n\r\n");
  const auto at = response.find("\r\n" + name + ": ");
  if (at == std::string::npos || at > head_end) return {};
  const auto start = at + 2 + name.size() + 2;
  return response.substr(start, response.find("\r\n", start) - start);
}

std::string status_line_of(const std::string& response) {
  return response.substr(0, response.find("\r\n"));
}

std::string body_of(const std::string& response) {
  const auto head_end = response.find("\r\n\r\n");
  return head_end == std::string::npos ? std::string() : response.substr(head_end + 4);
}

}  // namespace shoal::http
