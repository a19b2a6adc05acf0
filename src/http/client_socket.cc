#include "http/client_socket.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "base/bytes.h"

namespace shoal::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// One sendfile(2) call: long enough to be cheap, short enough not to hold the thread for long when
// the file has to come from disk.
constexpr std::uint64_t kSendfileBytes = kMiB;

tl::unexpected<Error> client_left() {
  return fail(Errc::canceled, "the client went away");
}

tl::unexpected<Error> connection_ended() {
  return fail(Errc::canceled, "the connection was ended by the server");
}

bool would_block(int errno_value) {
  return errno_value == EAGAIN || errno_value == EWOULDBLOCK;
}

// recv(2) onto the end of `into`. One buffer serves all connections of a thread, so that an idle
// one holds no memory for reading.
ssize_t receive_into(int socket, std::string& into) {
  thread_local std::array<char, ClientSocket::kReadBytesMax> buffer;
  const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got;
}

// What a broken connection makes send(2) and sendfile(2) say; all else is the file's fault.
bool is_socket_error(int errno_value) {
  static constexpr std::array kErrors{EPIPE,        ECONNRESET,   ENOTCONN, ETIMEDOUT,
                                      ECONNABORTED, EHOSTUNREACH, ENETDOWN, ENETUNREACH};
  return std::find(kErrors.begin(), kErrors.end(), errno_value) != kErrors.end();
}

}  // namespace

ClientSocket::ClientSocket(tcp::socket socket, std::chrono::steady_clock::duration send_timeout)
    : socket_(std::move(socket)),
      send_timeout_(send_timeout),
      timer_(socket_.get_executor()),
      expiry_(std::make_shared<Expiry>(Expiry{&socket_})) {
  error_code ignored;  // a socket that is broken already says so at its first use
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

ClientSocket::~ClientSocket() {
  expiry_->socket = nullptr;
}

Awaitable<ClientSocket::Woken> ClientSocket::wait(tcp::socket::wait_type what,
                                                  SteadyTime deadline) {
  const std::uint64_t turn = ++expiry_->turn;
  expiry_->expired = false;
  timer_.expires_at(deadline);
  timer_.async_wait([expiry = expiry_, turn](const error_code& error) {
    if (error || expiry->turn != turn || expiry->socket == nullptr) return;
    expiry->expired = true;
    error_code ignored;
    expiry->socket->cancel(ignored);
  });
  error_code error;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
  ++expiry_->turn;
  timer_.cancel();
  if (!error) co_return Woken::ready;
  co_return expiry_->expired ? Woken::timeout : Woken::interrupted;
}

Awaitable<Result<std::size_t>> ClientSocket::read(std::string& into, SteadyTime deadline) {
  while (!ended_) {
    const ssize_t got = receive_into(socket_.native_handle(), into);
    if (got >= 0) {
      read_interrupted_ = false;
      co_return static_cast<std::size_t>(got);
    }
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return client_left();
    if (read_interrupted_) break;
    const Woken woken = co_await wait(tcp::socket::wait_read, deadline);
    if (woken == Woken::timeout) co_return fail(Errc::timeout, "the client sent nothing in time");
  }
  co_return connection_ended();
}

Awaitable<Result<void>> ClientSocket::write(std::string_view bytes, bool more_follows) {
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  while (!bytes.empty()) {
    if (ended_) co_return connection_ended();
    const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), flags);
    if (sent >= 0) {
      sent_bytes_ += static_cast<std::uint64_t>(sent);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return client_left();
    auto writable = co_await wait_writable();
    if (!writable) co_return writable;
  }
  co_return Result<void>();
}

Awaitable<Result<void>> ClientSocket::send_file(int file, std::uint64_t offset,
                                                std::uint64_t size) {
  while (size > 0) {
    if (ended_) co_return connection_ended();
    auto position = static_cast<off_t>(offset);
    const ssize_t sent = ::sendfile(socket_.native_handle(), file, &position,
                                    static_cast<std::size_t>(std::min(size, kSendfileBytes)));
    if (sent > 0) {
      sent_bytes_ += static_cast<std::uint64_t>(sent);
      offset += static_cast<std::uint64_t>(sent);
      size -= static_cast<std::uint64_t>(sent);
      continue;
    }
    if (sent == 0) co_return fail(Errc::io, "the file ends before the bytes to be sent");
    if (errno == EINTR) continue;
    if (is_socket_error(errno)) co_return client_left();
    if (!would_block(errno)) co_return fail_errno(errno, "sending a file");
    auto writable = co_await wait_writable();
    if (!writable) co_return writable;
  }
  co_return Result<void>();
}

Awaitable<Result<void>> ClientSocket::wait_writable() {
  int unacknowledged = unacknowledged_bytes();
  while (true) {
    const auto deadline = std::chrono::steady_clock::now() + send_timeout_;
    const Woken woken = co_await wait(tcp::socket::wait_write, deadline);
    if (ended_) co_return connection_ended();
    if (woken != Woken::timeout) co_return Result<void>();
    // The kernel calls a socket writable only when a good part of its buffer is free, which a slow
    // client may not achieve in time although it takes bytes all along.
    const int now_unacknowledged = unacknowledged_bytes();
    if (now_unacknowledged >= unacknowledged) {
      co_return fail(Errc::timeout, "the client took no byte in time");
    }
    unacknowledged = now_unacknowledged;
  }
}

int ClientSocket::unacknowledged_bytes() {
  int bytes = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

void ClientSocket::finish_sending() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void ClientSocket::interrupt_read() {
  read_interrupted_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void ClientSocket::end() {
  ended_ = true;
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.cancel(ignored);
}

bool ClientSocket::client_gone() {
  if (ended_) return true;
  pollfd state{socket_.native_handle(), POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace shoal::http
