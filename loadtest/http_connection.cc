#include "loadtest/http_connection.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "base/version.h"

namespace shoal::loadtest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::uint32_t kHeaderBytesMax = 32 * 1024;
constexpr std::size_t kBufferBytes = 256 * 1024;

tl::unexpected<Error> fail_step(const ErrorCode& error, std::string_view step) {
  const std::string what = std::string(step) + ": ";
  if (error == beast::error::timeout) return fail(Errc::timeout, what + "took too long");
  if (error == http::error::end_of_stream || error == asio::error::eof) {
    return fail(Errc::unavailable, what + "the server closed the connection without an answer");
  }
  const auto& grammar = http::make_error_code(http::error::bad_version).category();
  const bool is_grammar = error.category() == grammar;
  return fail(is_grammar ? Errc::protocol : Errc::unavailable, what + error.message());
}

std::string field_of(const Parser& parser, std::string_view name) {
  const auto value = parser.get()[beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

}  // namespace

class HttpConnection::Impl {
 public:
  Impl(const HostPort& server, std::string address, TimeLimits limits)
      : host_(server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]"),
        address_(std::move(address)),
        port_(server.port),
        limits_(limits),
        stream_(context_) {
    // Beast reads as much as fits into what is allocated, and 512 bytes where nothing is.
    buffer_.reserve(kBufferBytes);
    host_ += ":" + std::to_string(port_);
  }

  Result<HttpAnswer> send(const HttpRequest& request) {
    const bool was_kept = is_connected_;
    auto answer = send_once(request);
    // Between two requests a server may close a kept connection at any time, and did so here.
    const bool is_stale = !answer && was_kept && answer.error().code == Errc::unavailable;
    return is_stale ? send_once(request) : std::move(answer);
  }

  Result<BodyPart> read_body() {
    if (parser_->is_done()) {
      finish();
      return BodyPart{{}, BodyState::complete};
    }
    auto& body = parser_->get().body();
    body.data = body_bytes_.data();
    body.size = body_bytes_.size();
    body.more = true;
    const ErrorCode error = await(
        [this](auto done) { http::async_read_some(stream_, buffer_, *parser_, std::move(done)); });
    const auto bytes =
        std::span<const std::byte>(body_bytes_).first(body_bytes_.size() - body.size);
    if (error == http::error::partial_message || error == asio::error::eof) {
      drop();
      return BodyPart{bytes, BodyState::broken_off};
    }
    if (error && error != http::error::need_buffer) {
      drop();
      return fail_step(error, "reading the body");
    }
    if (!parser_->is_done()) return BodyPart{bytes, BodyState::more};
    finish();
    return BodyPart{bytes, BodyState::complete};
  }

  void drop() {
    ErrorCode ignored;
    stream_.socket().close(ignored);
    is_connected_ = false;
  }

 private:
  // Starts an operation of the stream and runs it to its end, within the limits.
  template <class Start>
  ErrorCode await(Start start) {
    ErrorCode outcome;
    stream_.expires_at(std::min(limits_.deadline, std::chrono::steady_clock::now() + limits_.step));
    start([&outcome](const ErrorCode& error, auto&&...) { outcome = error; });
    context_.restart();
    context_.run();
    return outcome;
  }

  Result<void> connect() {
    ErrorCode error;
    const auto address = asio::ip::make_address(address_, error);
    if (error) return fail_step(error, "connecting to " + host_);
    const asio::ip::tcp::endpoint endpoint(address, port_);
    error = await([&](auto done) { stream_.async_connect(endpoint, std::move(done)); });
    if (error) {
      drop();
      return fail_step(error, "connecting to " + host_);
    }
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
    buffer_.clear();
    is_connected_ = true;
    return {};
  }

  Result<HttpAnswer> send_once(const HttpRequest& request) {
    // What is left of an unread body would be taken for the answer.
    if (parser_ && !parser_->is_done()) drop();
    if (!is_connected_) {
      if (auto connected = connect(); !connected) return fail(connected.error());
    }
    auto answer = exchange(request);
    if (!answer) drop();
    return answer;
  }

  Result<HttpAnswer> exchange(const HttpRequest& request) {
    const auto verb = request.method == "HEAD" ? http::verb::head : http::verb::get;
    http::request<http::empty_body> message(verb, request.target, 11);
    message.set(http::field::host, host_);
    message.set(http::field::user_agent, std::string("shoal-pull/") + kVersion);
    message.set(http::field::accept, request.accept);
    if (!request.range.empty()) message.set(http::field::range, request.range);
    ErrorCode error =
        await([&](auto done) { http::async_write(stream_, message, std::move(done)); });
    if (error) return fail_step(error, "sending the request");
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(kHeaderBytesMax);
    // Not boost::none: Boost 1.74 compares a Content-Length with it and finds every one too large.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_->skip(verb == http::verb::head);
    error = await([this](auto done) {
      http::async_read_header(stream_, buffer_, *parser_, std::move(done));
    });
    if (error) return fail_step(error, "waiting for the answer");
    return answer_head();
  }

  HttpAnswer answer_head() {
    HttpAnswer answer;
    answer.status = static_cast<int>(parser_->get().result_int());
    if (const auto length = parser_->content_length()) answer.content_length = *length;
    answer.content_range = field_of(*parser_, "Content-Range");
    answer.content_digest = field_of(*parser_, "Docker-Content-Digest");
    answer.content_type = field_of(*parser_, "Content-Type");
    if (parser_->is_done()) finish();
    return answer;
  }

  void finish() {
    if (!parser_->keep_alive()) drop();
  }

  std::string host_;
  std::string address_;
  std::uint16_t port_;
  TimeLimits limits_;
  asio::io_context context_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kBufferBytes};
  std::vector<std::byte> body_bytes_ = std::vector<std::byte>(kBufferBytes);
  std::unique_ptr<Parser> parser_;
  bool is_connected_ = false;
};

HttpConnection::HttpConnection(const HostPort& server, std::string address, TimeLimits limits)
    : impl_(std::make_unique<Impl>(server, std::move(address), limits)) {}
HttpConnection::~HttpConnection() = default;
Result<HttpAnswer> HttpConnection::send(const HttpRequest& request) {
  return impl_->send(request);
}
Result<BodyPart> HttpConnection::read_body() {
  return impl_->read_body();
}
void HttpConnection::drop() {
  impl_->drop();
}

Result<std::string> resolve(const std::string& host) {
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  ErrorCode error;
  const auto found = resolver.resolve(host, "", error);
  if (error || found.empty()) {
    return fail(Errc::unavailable, "cannot resolve " + host + ": " + error.message());
  }
  return found.begin()->endpoint().address().to_string();
}

}  // namespace shoal::loadtest
