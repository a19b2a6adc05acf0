#include "upstream/connection.h"

#include <array>
#include <optional>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "base/bytes.h"
#include "upstream/response_decoder.h"

namespace shoal::upstream {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using std::chrono::milliseconds;

// Header and chunk framing come through here; bodies of known length go past it.
constexpr std::size_t kChunkBytes = 16 * 1024;

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

class Connection::Impl {
 public:
  Impl(const asio::any_io_executor& executor, StopSignal& stop)
      : stop_(stop), tcp_(executor), hook_(stop, [this] { tcp_.close(); }) {}

  Awaitable<Result<void>> connect(asio::ip::tcp::endpoint endpoint, SteadyTime deadline) {
    if (stop_.stopped()) co_return fail(Errc::canceled, "the upstream client is stopping");
    error_code error;
    tcp_.expires_at(deadline);
    co_await tcp_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failure(error, "connect");
    error_code ignored;
    tcp_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    tcp_.socket().set_option(asio::socket_base::keep_alive(true), ignored);
    scope_ = scope_of(endpoint.address());
    co_return Result<void>();
  }

  Awaitable<Result<void>> tunnel(std::string authority, std::string authorization,
                                 SteadyTime deadline) {
    std::string message = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!authorization.empty()) message += "Proxy-Authorization: " + authorization + "\r\n";
    message += "\r\n";
    const auto left = deadline - std::chrono::steady_clock::now();
    // As the answer to a HEAD, it has no body: what follows is the other end's.
    auto head = co_await exchange(message, true, std::chrono::duration_cast<milliseconds>(left));
    if (!head) co_return fail(head.error().code, "proxy: " + head.error().message);
    decoder_.reset();
    if (head->status / 100 == 2) co_return Result<void>();  // RFC 9110, 9.3.6
    const bool refused = head->status == 403 || head->status == 407;
    co_return fail(refused ? Errc::denied : Errc::unavailable,
                   "the proxy answered " + std::to_string(head->status));
  }

  Awaitable<Result<void>> handshake(asio::ssl::context& context, std::string host,
                                    SteadyTime deadline) {
    tls_.emplace(tcp_, context);
    if (!expect_host(host)) co_return fail(Errc::internal, "OpenSSL refuses the host name " + host);
    error_code error;
    tcp_.expires_at(deadline);
    co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                   asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return Result<void>();
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict != X509_V_OK) {
      co_return fail(Errc::protocol, std::string("the server's certificate is not accepted: ") +
                                         X509_verify_cert_error_string(verdict));
    }
    co_return failure(error, "TLS handshake");
  }

  Awaitable<Result<ResponseHead>> exchange(const std::string& message, bool head_request,
                                           milliseconds timeout) {
    decoder_.emplace(head_request);
    response_began_ = false;
    tcp_.expires_after(timeout);  // for all of it: a header that drips in does not prolong its time
    error_code error;
    co_await write(message, error);
    if (error) co_return failure(error, "send");
    while (!decoder_->head_complete()) {
      auto fed = co_await feed();
      if (!fed) co_return fail(fed.error());
    }
    co_return decoder_->head();
  }

  Awaitable<Result<std::size_t>> read_body(std::span<std::byte> out, milliseconds timeout) {
    while (true) {
      auto taken = decoder_->take(out);
      if (!taken || *taken > 0) co_return taken;
      if (decoder_->done()) co_return std::size_t{0};
      tcp_.expires_after(timeout);
      const auto direct = std::min<std::uint64_t>(decoder_->direct_bytes(), out.size());
      if (direct > 0) co_return co_await read_direct(out.first(static_cast<std::size_t>(direct)));
      auto fed = co_await feed();
      if (!fed) co_return fail(fed.error());
    }
  }

  bool reusable() const { return decoder_ && decoder_->reusable() && !stop_.stopped(); }
  bool response_began() const { return response_began_; }
  AddressScope scope() const { return scope_; }
  void see_through(AddressScope scope) { scope_ = scope; }

  bool still_open() const {
    if (!tcp_.socket().is_open()) return false;
    char byte = 0;
    // native_handle() is not const; looking ahead changes nothing.
    const int fd = const_cast<beast::tcp_stream&>(tcp_).socket().native_handle();
    const auto seen = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen > 0)
      return tls_.has_value();  // of TLS it may be a session ticket; of HTTP it is too much
    return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 private:
  bool expect_host(const std::string& host) {
    SSL* ssl = tls_->native_handle();
    error_code no_address;
    asio::ip::make_address(host, no_address);
    if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host.c_str())) == 1;
  }

  Awaitable<void> write(const std::string& message, error_code& error) {
    const auto buffer = asio::buffer(message);
    if (tls_) {
      co_await asio::async_write(*tls_, buffer, asio::redirect_error(asio::use_awaitable, error));
    } else {
      co_await asio::async_write(tcp_, buffer, asio::redirect_error(asio::use_awaitable, error));
    }
  }

  Awaitable<std::size_t> read_some(asio::mutable_buffer buffer, error_code& error) {
    if (tls_) {
      co_return co_await tls_->async_read_some(buffer,
                                               asio::redirect_error(asio::use_awaitable, error));
    }
    co_return co_await tcp_.async_read_some(buffer,
                                            asio::redirect_error(asio::use_awaitable, error));
  }

  Awaitable<Result<std::size_t>> read_direct(std::span<std::byte> out) {
    error_code error;
    const auto buffer = asio::buffer(out.data(), out.size());
    const std::size_t size = co_await read_some(buffer, error);
    if (error) co_return failure(error, "read");
    decoder_->count_direct(size);
    co_return size;
  }

  // Reads once and gives the decoder what came.
  Awaitable<Result<void>> feed() {
    error_code error;
    const auto buffer = asio::buffer(chunk_.data(), chunk_.size());
    const std::size_t size = co_await read_some(buffer, error);
    if (is_end(error)) co_return decoder_->end_of_stream();
    if (error) co_return failure(error, "read");
    response_began_ = true;
    co_return decoder_->feed(as_text(std::span<const std::byte>(chunk_.data(), size)));
  }

  tl::unexpected<Error> failure(const error_code& error, const char* step) const {
    if (stop_.stopped()) return fail(Errc::canceled, "the upstream client is stopping");
    if (error == beast::error::timeout) {
      return fail(Errc::timeout, std::string(step) + ": the time-out passed");
    }
    const std::string why = is_end(error) ? "the server closed the connection" : error.message();
    return fail(Errc::unavailable, std::string(step) + ": " + why);
  }

  StopSignal& stop_;
  beast::tcp_stream tcp_;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;
  std::optional<ResponseDecoder> decoder_;
  std::array<std::byte, kChunkBytes> chunk_;
  AddressScope scope_ = AddressScope::special;
  bool response_began_ = false;
  StopSignal::Hook hook_;
};

Connection::Connection(const asio::any_io_executor& executor, StopSignal& stop)
    : impl_(std::make_unique<Impl>(executor, stop)) {}
Connection::~Connection() = default;

Awaitable<Result<void>> Connection::connect(asio::ip::tcp::endpoint endpoint, SteadyTime deadline) {
  return impl_->connect(endpoint, deadline);
}
Awaitable<Result<void>> Connection::tunnel(std::string authority, std::string authorization,
                                           SteadyTime deadline) {
  return impl_->tunnel(std::move(authority), std::move(authorization), deadline);
}
Awaitable<Result<void>> Connection::handshake(asio::ssl::context& context, std::string host,
                                              SteadyTime deadline) {
  return impl_->handshake(context, std::move(host), deadline);
}
Awaitable<Result<ResponseHead>> Connection::exchange(const std::string& message, bool head_request,
                                                     milliseconds timeout) {
  return impl_->exchange(message, head_request, timeout);
}
Awaitable<Result<std::size_t>> Connection::read_body(std::span<std::byte> out,
                                                     milliseconds timeout) {
  return impl_->read_body(out, timeout);
}
bool Connection::reusable() const {
  return impl_->reusable();
}
bool Connection::still_open() const {
  return impl_->still_open();
}
bool Connection::response_began() const {
  return impl_->response_began();
}
AddressScope Connection::scope() const {
  return impl_->scope();
}
void Connection::see_through(AddressScope scope) {
  impl_->see_through(scope);
}

}  // namespace shoal::upstream
