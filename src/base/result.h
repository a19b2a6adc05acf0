#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace shoal {

// What went wrong, as far as a caller may want to act on it. One function in mirror/ maps these to
// HTTP statuses.
enum class Errc {
  invalid_argument,  // the caller's input cannot be right, whatever the state of the world
  not_found,         // neither here nor where we asked
  unauthorized,      // credentials are missing or were refused
  denied,            // known who asks, and the answer is no
  rate_limited,      // come back later; Error::retry_after_s says when, if the other side said
  unavailable,       // the other side is down, unreachable or answers 5xx
  timeout,           // a deadline passed
  corrupt,           // bytes do not match their digest or checksum
  protocol,          // the other side does not speak the protocol
  too_large,         // over one of our limits
  io,                // the disk said no
  no_space,          // the disk is full
  canceled,          // we are stopping, or nobody wants the answer any more
  internal,          // a bug of ours
};

std::string_view to_string(Errc code);

// An expected failure. `message` is one sentence for a person: it names the thing that is wrong,
// and what to do where that is not plain. It never holds a credential.
//
// It has constructors because GCC 12.2 destroys temporaries of aggregates twice in coroutines, and
// Errors are in every one of them.
struct Error {
  Error() = default;
  Error(Errc code_in, std::string message_in, int retry_after_s_in = 0)
      : code(code_in), message(std::move(message_in)), retry_after_s(retry_after_s_in) {}

  Errc code = Errc::internal;
  std::string message;
  int retry_after_s = 0;  // with rate_limited: seconds the other side asked us to wait; 0 = unsaid
};

template <class T>
using Result = tl::expected<T, Error>;

// An Error on its way into a Result: `return fail(Errc::io, "...")`.
inline tl::unexpected<Error> fail(Errc code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message), 0});
}

inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

// Whether the disk is to blame, so that what needs none may still do.
inline bool is_of_disk(Errc code) {
  return code == Errc::io || code == Errc::no_space;
}

// `errno` as an Error: ENOSPC and EDQUOT are no_space, ENOENT is not_found, the rest io.
// The message reads "<what>: <text of the errno>".
tl::unexpected<Error> fail_errno(int errno_value, std::string_view what);

}  // namespace shoal
