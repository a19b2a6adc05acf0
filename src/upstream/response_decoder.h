#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "upstream/response_head.h"

namespace shoal::upstream {

// One HTTP/1 response, decoded from bytes as they come. Does no I/O.
// Limits  32 KiB of header, 8 informational (1xx) responses before the real one, 128 KiB of fed
// bytes
//         that wait to be taken.
class ResponseDecoder {
 public:
  // A response to HEAD has no body, whatever its header says.
  explicit ResponseDecoder(bool head_request);
  ~ResponseDecoder();
  ResponseDecoder(ResponseDecoder&&) noexcept;
  ResponseDecoder& operator=(ResponseDecoder&&) noexcept;

  // Errors  protocol: not HTTP; too_large: over a limit.
  Result<void> feed(std::string_view bytes);
  // The peer closed its side.
  // Errors  unavailable: in the middle of the response.
  Result<void> end_of_stream();

  bool head_complete() const;
  const ResponseHead& head() const;  // once complete

  // Moves body bytes that are at hand to `out`.   Returns  how many; 0 = feed more, or done().
  // Errors  protocol.
  Result<std::size_t> take(std::span<std::byte> out);
  // How many body bytes may go from the wire straight to where the caller wants them, past feed()
  // and take(): nothing is fed and not yet taken. Say count_direct() how many went.
  std::uint64_t direct_bytes() const;
  void count_direct(std::uint64_t bytes);

  bool done() const;  // the body's last byte was taken
  // Whether the next response may come on the same connection: done, nothing more came, and both
  // sides keep the connection open.
  bool reusable() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::upstream
