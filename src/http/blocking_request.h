#pragma once

#include <chrono>
#include <string>

#include "base/host_port.h"
#include "base/result.h"

namespace shoal::http {

struct PlainResponse {
  int status = 0;
  std::string body;
};

// One request without a body on a connection of its own, for programs that have nothing else to do:
// blocks until the response is here, at most `patience` for each of connecting, sending and receiving.
// `target`: percent-encoded.
// Errors  unavailable: nobody answers there; timeout; protocol: no HTTP, or a body over 64 MiB. The message
//         names the server.
Result<PlainResponse> blocking_request(const HostPort& server, const std::string& method,
                                       const std::string& target,
                                       std::chrono::milliseconds patience);

}  // namespace shoal::http
