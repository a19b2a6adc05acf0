#include "transfer/upstream_route.h"

#include <algorithm>

namespace shoal::transfer {
namespace {

constexpr std::size_t kCandidatesMax = 16;
constexpr std::chrono::milliseconds kBackoffBase{500};
constexpr int kBackoffDoublingsMax = 6;

bool is_final(Errc code) {
  return code == Errc::not_found || code == Errc::unauthorized || code == Errc::denied ||
         code == Errc::invalid_argument || code == Errc::protocol || code == Errc::too_large;
}

}  // namespace

void UpstreamRoute::add(const std::vector<Repository>& hints) {
  for (const Repository& hint : hints) {
    const bool known = std::any_of(candidates_.begin(), candidates_.end(),
                                   [&](const Candidate& c) { return c.repository == hint; });
    if (!known && candidates_.size() < kCandidatesMax) candidates_.emplace_back(hint);
  }
}

std::optional<Repository> UpstreamRoute::pick(Time now) const {
  for (const Candidate& candidate : candidates_) {
    if (!candidate.given_up && now >= candidate.not_before) return candidate.repository;
  }
  return std::nullopt;
}

void UpstreamRoute::succeeded(const Repository& repository) {
  for (Candidate& candidate : candidates_) {
    if (candidate.repository == repository) candidate.failures = 0;
  }
}

void UpstreamRoute::failed(const Repository& repository, const Error& error, Time now) {
  last_error_ = error;
  for (Candidate& candidate : candidates_) {
    if (candidate.repository != repository) continue;
    candidate.given_up = candidate.given_up || is_final(error.code);
    const auto backoff = kBackoffBase * (1 << std::min(candidate.failures, kBackoffDoublingsMax));
    const std::chrono::milliseconds asked = std::chrono::seconds(error.retry_after_s);
    candidate.not_before = now + std::max<std::chrono::milliseconds>(backoff, asked);
    ++candidate.failures;
  }
}

Error UpstreamRoute::error() const {
  if (last_error_) return *last_error_;
  return Error{Errc::not_found, "no peer has it and no registry is known for it", 0};
}

}  // namespace shoal::transfer
