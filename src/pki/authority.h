#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

// A cluster's own certificate authority: enough to say who is a member, and no more.
namespace shoal::pki {

struct Validity {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
};

// From a few minutes ago, since clocks of nodes differ, for so many days.
Validity valid_for_days(unsigned days);
inline constexpr unsigned kDaysMax = 36'500;

inline constexpr std::size_t kNameBytesMax = 64;  // of a common name (X.520's ub-common-name)

// A certificate and its key, in PEM.
struct Issued {
  std::string certificate_pem;
  std::string key_pem;
};

// A new authority: a fresh P-256 key and a certificate that vouches for itself and may sign nothing
// but members (path length 0).
// Errors  invalid_argument: `name` is empty, too long or not printable ASCII.
Result<Issued> make_authority(std::string_view name, const Validity& validity);

// A new key and certificate for a member, good for both ends of a connection. It bears the DNS name
// "*": libtorrent lets a certificate into a torrent when it bears that torrent's name or the star,
// and a member belongs into all of them. `node` is for people to tell certificates apart. It ends
// when the authority does, at the latest.
// Errors  invalid_argument: a bad name; `authority` is no pair, no authority, or has expired.
Result<Issued> issue_member(const Issued& authority, std::string_view node,
                            const Validity& validity);

}  // namespace shoal::pki
