#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "http/server.h"

namespace shoal::http {

// What the connection adds to a handler's head.
struct HeadFacts {
  HeadFacts(std::uint64_t content_length_in, bool keep_alive_in, std::string request_id_in,
            std::chrono::system_clock::time_point now_in = std::chrono::system_clock::now())
      : content_length(content_length_in),
        keep_alive(keep_alive_in),
        request_id(std::move(request_id_in)),
        now(now_in) {}

  std::uint64_t content_length;
  bool keep_alive;
  std::string request_id;
  std::chrono::system_clock::time_point now;
};

// Whether a response of that status has a body at all, whoever asked.
// Source  RFC 9110, 6.4.1.
bool status_allows_body(int status);

// The status line and headers as they go over the wire, empty line included.
// Throws  std::logic_error where the handler's head is a bug: a status that is not final, a header
//         name that is no token or is ours to set, a control character in a value (which would let
//         content from outside write headers).
std::string render_head(const ResponseHead& head, const HeadFacts& facts);

}  // namespace shoal::http
