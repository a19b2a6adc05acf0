#include "upstream/response_decoder.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/optional.hpp>

namespace shoal::upstream {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kHeaderBytesMax = 32 * 1024;
constexpr std::size_t kPendingBytesMax = 128 * 1024;
constexpr int kInformationalMax = 8;

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

tl::unexpected<Error> fail_parse(const boost::system::error_code& error) {
  const bool limit = error == http::error::header_limit || error == http::error::body_limit ||
                     error == http::error::buffer_overflow;
  return fail(limit ? Errc::too_large : Errc::protocol,
              "the response is not acceptable HTTP: " + error.message());
}

}  // namespace

class ResponseDecoder::Impl {
 public:
  explicit Impl(bool head_request) : head_request_(head_request) { start_over(); }

  Result<void> feed(std::string_view bytes) {
    if (pending_.size() - taken_ + bytes.size() > kPendingBytesMax) {
      return fail(Errc::too_large, "the response's framing is over our limit");
    }
    pending_.erase(0, taken_);
    taken_ = 0;
    pending_ += bytes;
    return head_complete_ ? Result<void>() : parse_head();
  }

  Result<void> end_of_stream() {
    if (head_complete_ && framing_ == Framing::until_close) ended_ = true;
    if (head_complete_ && framing_ != Framing::until_close && done()) return {};
    if (ended_) return {};
    return fail(Errc::unavailable, "the connection ended in the middle of a response");
  }

  Result<std::size_t> take(std::span<std::byte> out) {
    if (framing_ == Framing::chunked) return take_chunked(out);
    std::size_t size = std::min(out.size(), pending_.size() - taken_);
    if (framing_ != Framing::until_close) {
      size = static_cast<std::size_t>(std::min<std::uint64_t>(size, remaining_));
      remaining_ -= size;
    }
    std::memcpy(out.data(), pending_.data() + taken_, size);
    taken_ += size;
    return size;
  }

  std::uint64_t direct_bytes() const {
    if (!head_complete_ || taken_ != pending_.size()) return 0;
    return framing_ == Framing::sized ? remaining_ : 0;
  }
  void count_direct(std::uint64_t bytes) { remaining_ -= std::min(bytes, remaining_); }

  bool done() const {
    if (!head_complete_) return false;
    switch (framing_) {
      case Framing::sized:
        return remaining_ == 0;
      case Framing::chunked:
        return parser_->is_done();
      case Framing::until_close:
        return ended_ && taken_ == pending_.size();
    }
    return false;
  }
  bool reusable() const {
    return done() && framing_ != Framing::until_close && keep_alive_ && taken_ == pending_.size();
  }

  bool head_complete_ = false;
  ResponseHead head_{0};

 private:
  enum class Framing { sized, chunked, until_close };

  void start_over() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    // Not boost::none: Boost 1.74 compares a Content-Length with it and finds every one too large.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_->skip(head_request_);
  }

  // Gives the parser what is pending. need_more and need_buffer are its way of saying "go on".
  Result<void> step() {
    boost::system::error_code error;
    taken_ += parser_->put(
        boost::asio::const_buffer(pending_.data() + taken_, pending_.size() - taken_), error);
    if (error && error != http::error::need_more && error != http::error::need_buffer) {
      return fail_parse(error);
    }
    return {};
  }

  Result<void> parse_head() {
    while (true) {
      if (auto stepped = step(); !stepped) return stepped;
      if (!parser_->is_header_done()) return {};
      const int status = static_cast<int>(parser_->get().result_int());
      if (status == 101) return fail(Errc::protocol, "the server switches protocols, unasked");
      if (status >= 200) break;
      if (++informational_ > kInformationalMax) {
        return fail(Errc::protocol, "the server sends 1xx responses without end");
      }
      start_over();
    }
    take_head();
    return {};
  }

  void take_head() {
    const auto& message = parser_->get();
    head_.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      const auto name = field.name_string();
      const auto value = field.value();
      head_.headers.emplace_back(lower_case(std::string_view(name.data(), name.size())),
                                 std::string(value.data(), value.size()));
    }
    if (const auto length = parser_->content_length()) head_.content_length = *length;
    keep_alive_ = message.keep_alive();
    head_complete_ = true;
    if (parser_->is_done()) {
      framing_ = Framing::sized;
    } else if (parser_->chunked()) {
      framing_ = Framing::chunked;
    } else if (head_.content_length) {
      framing_ = Framing::sized;
      remaining_ = *head_.content_length;
    } else {
      framing_ = Framing::until_close;
    }
  }

  Result<std::size_t> take_chunked(std::span<std::byte> out) {
    auto& body = parser_->get().body();
    body.data = out.data();
    body.size = out.size();
    body.more = true;
    std::size_t before = taken_ + 1;
    // The parser stops at every seam of the framing; it has made no progress when it needs more.
    while (taken_ != before && taken_ < pending_.size() && !parser_->is_done() && body.size > 0) {
      before = taken_;
      if (auto stepped = step(); !stepped) return fail(stepped.error());
    }
    const std::size_t produced = out.size() - body.size;
    body.data = nullptr;
    body.size = 0;
    return produced;
  }

  bool head_request_;
  boost::optional<http::response_parser<http::buffer_body>> parser_;
  Framing framing_ = Framing::sized;
  std::string pending_;    // fed, of which
  std::size_t taken_ = 0;  // this many bytes are used up
  std::uint64_t remaining_ = 0;
  int informational_ = 0;
  bool keep_alive_ = false;
  bool ended_ = false;
};

ResponseDecoder::ResponseDecoder(bool head_request) : impl_(std::make_unique<Impl>(head_request)) {}
ResponseDecoder::~ResponseDecoder() = default;
ResponseDecoder::ResponseDecoder(ResponseDecoder&&) noexcept = default;
ResponseDecoder& ResponseDecoder::operator=(ResponseDecoder&&) noexcept = default;

Result<void> ResponseDecoder::feed(std::string_view bytes) {
  return impl_->feed(bytes);
}
Result<void> ResponseDecoder::end_of_stream() {
  return impl_->end_of_stream();
}
bool ResponseDecoder::head_complete() const {
  return impl_->head_complete_;
}
const ResponseHead& ResponseDecoder::head() const {
  return impl_->head_;
}
Result<std::size_t> ResponseDecoder::take(std::span<std::byte> out) {
  return impl_->take(out);
}
std::uint64_t ResponseDecoder::direct_bytes() const {
  return impl_->direct_bytes();
}
void ResponseDecoder::count_direct(std::uint64_t bytes) {
  impl_->count_direct(bytes);
}
bool ResponseDecoder::done() const {
  return impl_->done();
}
bool ResponseDecoder::reusable() const {
  return impl_->reusable();
}

}  // namespace shoal::upstream
