#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::upstream {

// One way a server offers to authenticate, from a WWW-Authenticate header.
struct Challenge {
  explicit Challenge(std::string scheme_in) : scheme(std::move(scheme_in)) {}

  std::string scheme;                                           // lower case: "bearer", "basic"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, unquoted

  // The first parameter of that (lower-case) name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// The challenges of one header value, in order. Reading ends at the first thing that is not grammar
// or goes over a limit; what was whole before it counts.
// Limits  8 KiB of header, 16 challenges, 32 parameters each.
// Source  RFC 9110, 11.3 to 11.6.1.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace shoal::upstream
