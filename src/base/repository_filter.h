#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/repository.h"
#include "base/result.h"

namespace shoal {

// Whether `name` is as `pattern` says: "*" stands for any run of characters within one component,
// "**" for any run at all, every other character for itself.
bool matches(std::string_view pattern, std::string_view name);

// Which repositories of a registry may be read.
class RepositoryFilter {
 public:
  static constexpr std::size_t kPatternsMax = 256;

  RepositoryFilter() = default;  // all of them
  // Errors  invalid_argument: a pattern no repository's name could fit; the message quotes it.
  static Result<RepositoryFilter> create(std::vector<std::string> allow,
                                         std::vector<std::string> deny);

  // What a deny pattern fits may not; where there are allow patterns, one of them must fit.
  bool permits(const RepositoryName& name) const;

 private:
  std::vector<std::string> allow_;
  std::vector<std::string> deny_;
};

}  // namespace shoal
