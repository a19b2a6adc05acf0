#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

namespace shoal::http {
namespace {

std::string_view reason_of(int status) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the process's locale.
// Source  RFC 9110, 5.6.7.
std::string http_date(std::chrono::system_clock::time_point when) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}

bool is_ours(std::string_view name) {
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  return folded == "content-length" || folded == "transfer-encoding" || folded == "date" ||
         folded == "connection" || folded == "x-request-id";
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7f;
  });
}

void check(const ResponseHead& head) {
  if (head.status < 200 || head.status > 599) {
    throw std::logic_error(fmt::format("{} is not the status of a final response", head.status));
  }
  for (const auto& [name, value] : head.headers) {
    if (!is_token(name)) throw std::logic_error("response header name is not a token");
    if (is_ours(name)) throw std::logic_error("response header is the connection's: " + name);
    if (!is_field_value(value)) throw std::logic_error("control character in header " + name);
  }
}

}  // namespace

bool status_allows_body(int status) {
  return status != 204 && status != 304;
}

std::string render_head(const ResponseHead& head, const HeadFacts& facts) {
  check(head);
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", head.status, reason_of(head.status));
  for (const auto& [name, value] : head.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (status_allows_body(head.status)) {
    out += fmt::format("Content-Length: {}\r\n", facts.content_length);
  }
  out += fmt::format("Date: {}\r\nConnection: {}\r\nX-Request-Id: {}\r\n\r\n", http_date(facts.now),
                     facts.keep_alive ? "keep-alive" : "close", facts.request_id);
  return out;
}

}  // namespace shoal::http
