#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/repository.h"
#include "base/result.h"

namespace shoal::transfer {

// Where one blob may be fetched from upstream, and whether that works. Pure.
// A repository that answers "no" (404, 401, 403) is given up; one that is unreachable is left alone
// for a while that doubles each time.
class UpstreamRoute {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Adds repositories not known yet, at the end.
  void add(const std::vector<Repository>& hints);
  // Whom to ask now. Nothing: see error().
  std::optional<Repository> pick(Time now) const;
  bool usable(Time now) const { return pick(now).has_value(); }
  void succeeded(const Repository& repository);
  void failed(const Repository& repository, const Error& error, Time now);
  // Why upstream cannot be used: the last failure, or that nobody knows a repository.
  Error error() const;

 private:
  struct Candidate {
    explicit Candidate(Repository repository_in) : repository(std::move(repository_in)) {}
    Repository repository;
    bool given_up = false;
    int failures = 0;
    Time not_before{};
  };
  std::vector<Candidate> candidates_;
  std::optional<Error> last_error_;
};

}  // namespace shoal::transfer
