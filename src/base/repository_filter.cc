#include "base/repository_filter.h"

#include <algorithm>

#include "base/text.h"

namespace shoal {
namespace {

constexpr std::size_t kPatternBytesMax = 255;

bool is_pattern(std::string_view text) {
  return !text.empty() && text.size() <= kPatternBytesMax && text.front() != '/' &&
         text.back() != '/' && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
                  c == '_' || c == '-' || c == '*';
         });
}

bool any_matches(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&name](const std::string& pattern) { return matches(pattern, name); });
}

}  // namespace

// Step by step through the pattern, with all places in the name that its part so far may end at: the
// time is bounded by the product of both lengths, whatever the stars.
bool matches(std::string_view pattern, std::string_view name) {
  std::vector<bool> ends(name.size() + 1, false);
  ends[0] = true;
  while (!pattern.empty()) {
    const bool star = pattern.front() == '*';
    const bool across = pattern.starts_with("**");
    std::vector<bool> next(name.size() + 1, false);
    for (std::size_t at = 0; at <= name.size(); ++at) {
      if (star) {
        const bool goes_on = at > 0 && next[at - 1] && (across || name[at - 1] != '/');
        next[at] = ends[at] || goes_on;
      } else if (at > 0) {
        next[at] = ends[at - 1] && name[at - 1] == pattern.front();
      }
    }
    ends = std::move(next);
    pattern.remove_prefix(across ? 2 : 1);
  }
  return ends[name.size()];
}

Result<RepositoryFilter> RepositoryFilter::create(std::vector<std::string> allow,
                                                  std::vector<std::string> deny) {
  for (const auto* patterns : {&allow, &deny}) {
    if (patterns->size() > kPatternsMax) {
      return fail(Errc::invalid_argument, "holds over 256 patterns; let one stand for many");
    }
    for (const std::string& pattern : *patterns) {
      if (is_pattern(pattern)) continue;
      return fail(Errc::invalid_argument, "\"" + printable(pattern) +
                                              "\" fits no repository's name; write one like "
                                              "\"library/*\" or \"team/**\"");
    }
  }
  RepositoryFilter filter;
  filter.allow_ = std::move(allow);
  filter.deny_ = std::move(deny);
  return filter;
}

bool RepositoryFilter::permits(const RepositoryName& name) const {
  if (any_matches(deny_, name.text())) return false;
  return allow_.empty() || any_matches(allow_, name.text());
}

}  // namespace shoal
