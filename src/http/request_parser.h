#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"

namespace shoal::http {

// Why a request is not given to the handler.
struct Refusal {
  int status = 400;
  std::string reason;  // one line, for the client and the log
};

// One HTTP/1.0 or 1.1 request as its bytes come in. Does no I/O. A body is counted against its
// limit and dropped. Source  RFC 9112.
class RequestParser {
 public:
  enum class State {
    header,    // not all of the header is here
    body,      // the header is whole, some of the body is missing
    complete,  // the whole request was taken
    refused,   // refusal() says why; the connection cannot go on
  };

  // `header_bytes_max` also bounds the framing of a chunked body.
  RequestParser(std::uint32_t header_bytes_max, std::uint64_t body_bytes_max);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes bytes from the front of `bytes`, at most up to the end of this request.
  // Returns  how many were taken. The rest has to be presented again, with more behind it, or
  // belongs
  //          to the next request.
  std::size_t feed(std::string_view bytes);

  // Ends the request for a reason of the connection's own.
  void refuse(Refusal why);

  State state() const;
  const Refusal& refusal() const;

  // From the header, once state() is past it.
  bool keep_alive() const;
  bool expects_continue() const;
  // Method, target, path, query and headers; the other members are the connection's to fill.
  // Call once.
  Request take_request();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace shoal::http
