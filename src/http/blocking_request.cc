#include "http/blocking_request.h"

#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace shoal::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::uint64_t kBodyBytesMax = 64 * 1024 * 1024;

// Runs one operation to its end. Asio's blocking calls know no time-outs, its others do.
class Exchange {
 public:
  explicit Exchange(std::chrono::milliseconds patience) : patience_(patience) {}

  beast::tcp_stream& stream() { return stream_; }
  template <class Begin>
  boost::system::error_code run(Begin begin) {
    boost::system::error_code outcome;
    stream_.expires_after(patience_);
    begin([&outcome](boost::system::error_code error, auto&&...) { outcome = error; });
    io_.restart();
    io_.run();
    return outcome;
  }

 private:
  const std::chrono::milliseconds patience_;
  asio::io_context io_{1};
  beast::tcp_stream stream_{io_};
};

std::string name_of(const HostPort& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

tl::unexpected<Error> failed(const HostPort& server, const boost::system::error_code& why) {
  Errc code = Errc::unavailable;
  if (why == beast::error::timeout) code = Errc::timeout;
  const auto of_http = beast::http::make_error_code(beast::http::error::end_of_stream);
  if (why.category() == of_http.category()) code = Errc::protocol;
  return fail(code, name_of(server) + " does not answer: " + why.message());
}

}  // namespace

Result<PlainResponse> blocking_request(const HostPort& server, const std::string& method,
                                       const std::string& target,
                                       std::chrono::milliseconds patience) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(server.host, error);
  if (error) return fail(Errc::invalid_argument, server.host + " is not an IP address");
  Exchange exchange(patience);
  beast::tcp_stream& stream = exchange.stream();
  const asio::ip::tcp::endpoint endpoint(address, server.port);
  error = exchange.run([&](auto done) { stream.async_connect(endpoint, std::move(done)); });
  if (error) return failed(server, error);

  beast::http::request<beast::http::empty_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(beast::http::field::host, name_of(server));
  request.set(beast::http::field::connection, "close");
  if (method != "GET") request.set(beast::http::field::content_length, "0");
  error =
      exchange.run([&](auto done) { beast::http::async_write(stream, request, std::move(done)); });
  if (error) return failed(server, error);

  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  error = exchange.run(
      [&](auto done) { beast::http::async_read(stream, buffer, parser, std::move(done)); });
  if (error) return failed(server, error);
  return PlainResponse{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace shoal::http
