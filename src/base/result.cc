#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace shoal {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::not_found:
      return "not_found";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::denied:
      return "denied";
    case Errc::rate_limited:
      return "rate_limited";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::corrupt:
      return "corrupt";
    case Errc::protocol:
      return "protocol";
    case Errc::too_large:
      return "too_large";
    case Errc::io:
      return "io";
    case Errc::no_space:
      return "no_space";
    case Errc::canceled:
      return "canceled";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

tl::unexpected<Error> fail_errno(int errno_value, std::string_view what) {
  Errc code = Errc::io;
  if (errno_value == ENOSPC || errno_value == EDQUOT) code = Errc::no_space;
  if (errno_value == ENOENT) code = Errc::not_found;
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(errno_value);
  return fail(code, std::move(message));
}

}  // namespace shoal
