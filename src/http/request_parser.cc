#include "http/request_parser.h"

#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "http/url.h"

namespace shoal::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::error;

std::string to_lower(beast::string_view text) {
  std::string out(text.data(), text.size());
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

Refusal refusal_for(const error_code& why) {
  if (why == error::header_limit) return {431, "request header is too large"};
  if (why == error::body_limit) return {413, "request body is too large"};
  return {400, "malformed request: " + why.message()};
}

}  // namespace

// Beast's grammar with our own limits around it: Beast takes header lines as they come, each within
// its limit, so that the sum of many small ones has to be counted here.
class RequestParser::Parser final : public beast::http::basic_parser<true> {
 public:
  Parser(std::uint32_t header_bytes_max, std::uint64_t body_bytes_max)
      : framing_bytes_max_(header_bytes_max) {
    header_limit(header_bytes_max);
    body_limit(body_bytes_max);
  }

  std::size_t feed(std::string_view bytes);
  void refuse(Refusal why);

  State state_now = State::header;
  Refusal refusal;
  Request request;
  bool persistent = false;
  bool continue_expected = false;

 private:
  // Clients of old send an empty line after a POST; the standard asks to overlook it.
  std::size_t skip_empty_lines(std::string_view bytes);
  std::size_t step(std::string_view bytes);
  void check_header();

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override;
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::uint32_t framing_bytes_max_;
  std::size_t header_bytes_ = 0;
  int version_ = 0;
};

std::size_t RequestParser::Parser::feed(std::string_view bytes) {
  std::size_t taken = got_some() ? 0 : skip_empty_lines(bytes);
  while (taken < bytes.size() && (state_now == State::header || state_now == State::body)) {
    const std::size_t step_taken = step(bytes.substr(taken));
    taken += step_taken;
    if (step_taken == 0) break;
  }
  return taken;
}

std::size_t RequestParser::Parser::skip_empty_lines(std::string_view bytes) {
  std::size_t skipped = 0;
  while (bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  header_bytes_ += skipped;
  if (header_bytes_ > framing_bytes_max_) refuse({431, "request header is too large"});
  // A lone CR may be half of such a line.
  return skipped;
}

std::size_t RequestParser::Parser::step(std::string_view bytes) {
  if (!got_some() && bytes == "\r") return 0;
  const bool in_header = state_now == State::header;
  error_code why;
  const std::size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), why);
  const bool starved = why == error::need_more;
  if (why && !starved) {
    refuse(refusal_for(why));
    return taken;
  }
  if (in_header) {
    header_bytes_ += taken;
    const std::size_t seen = header_bytes_ + (starved ? bytes.size() - taken : 0);
    if (seen > framing_bytes_max_) {
      refuse({431, "request header is too large"});
      return taken;
    }
    if (is_header_done()) check_header();
  } else if (starved && bytes.size() - taken > framing_bytes_max_) {
    refuse({400, "malformed request: chunk header or trailer is too large"});
  }
  if (state_now == State::body && is_done()) state_now = State::complete;
  return taken;
}

void RequestParser::Parser::refuse(Refusal why) {
  refusal = std::move(why);
  state_now = State::refused;
}

void RequestParser::Parser::check_header() {
  state_now = State::body;
  persistent = keep_alive();
  const auto count = [&](std::string_view name) {
    return std::count_if(request.headers.begin(), request.headers.end(),
                         [&](const auto& field) { return field.first == name; });
  };
  if (count("host") > 1 || (version_ >= 11 && count("host") == 0)) {
    return refuse({400, "malformed request: want one Host header"});
  }
  // A body whose end cannot be known would be read as the next request.
  if (count("transfer-encoding") > 0 && (!chunked() || version_ < 11)) {
    return refuse({400, "malformed request: want Transfer-Encoding to be chunked"});
  }
  if (const auto expectation = request.header("expect"); expectation && version_ >= 11) {
    if (to_lower({expectation->data(), expectation->size()}) != "100-continue") {
      return refuse({417, "the only expectation known here is 100-continue"});
    }
    continue_expected = true;
  }
}

void RequestParser::Parser::on_request_impl(beast::http::verb, beast::string_view method,
                                            beast::string_view target, int version, error_code&) {
  request.method = std::string(method.data(), method.size());
  request.target = std::string(target.data(), target.size());
  Target decoded = http::parse_target(request.target);
  request.path = std::move(decoded.path);
  request.query = std::move(decoded.query);
  version_ = version;
}

void RequestParser::Parser::on_field_impl(beast::http::field, beast::string_view name,
                                          beast::string_view value, error_code&) {
  if (state_now != State::header) return;  // a chunked body's trailer says nothing we listen to
  request.headers.emplace_back(to_lower(name), std::string(value.data(), value.size()));
}

RequestParser::RequestParser(std::uint32_t header_bytes_max, std::uint64_t body_bytes_max)
    : parser_(std::make_unique<Parser>(header_bytes_max, body_bytes_max)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view bytes) {
  return parser_->feed(bytes);
}
void RequestParser::refuse(Refusal why) {
  parser_->refuse(std::move(why));
}
RequestParser::State RequestParser::state() const {
  return parser_->state_now;
}
const Refusal& RequestParser::refusal() const {
  return parser_->refusal;
}
bool RequestParser::keep_alive() const {
  return parser_->persistent;
}
bool RequestParser::expects_continue() const {
  return parser_->continue_expected;
}
Request RequestParser::take_request() {
  return std::move(parser_->request);
}

}  // namespace shoal::http
