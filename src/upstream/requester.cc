#include "upstream/requester.h"

#include <optional>

#include <spdlog/spdlog.h>

#include "base/random.h"

namespace shoal::upstream {
namespace {

// A token may have been revoked, and its successor may want another scope; more is a loop.
constexpr int kChallengesMax = 2;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Url> next_url(const HttpRequest& request, const ResponseHead& head) {
  const auto bad = [&](const std::string& why) {
    return fail(Errc::protocol, request.brief() + ": its redirect " + why);
  };
  const auto location = head.header("location");
  if (!location) return bad("has no Location");
  auto next = request.url.resolve(*location);
  if (!next) return bad("is not usable: " + next.error().message);
  if (request.url.tls() && !next->tls()) return bad("leads from https to http");
  return next;
}

// What a registry counts apart: Docker Hub limits GETs of manifests, and HEADs go free.
std::string limited_thing(const Registry& registry, const HttpRequest& request) {
  const bool blob = request.url.path().find("/blobs/") != std::string_view::npos;
  return registry.id + " " + request.method + (blob ? " blob" : "");
}

}  // namespace

Awaitable<Result<Requester::Pass>> Requester::pass(const Registry& registry,
                                                   const Repository& repository) {
  std::string lent = guests_.find(registry.id, repository.name, std::chrono::steady_clock::now());
  if (!lent.empty()) co_return Pass(std::move(lent), true);
  auto own = co_await authenticator_.authorization(registry, repository);
  if (!own) co_return fail(own.error());
  co_return Pass(std::move(*own));
}

Awaitable<Result<Requester::Pass>> Requester::next_pass(const Registry& registry,
                                                        const Repository& repository,
                                                        const ResponseHead& head,
                                                        AddressScope scope, const Pass& refused) {
  if (refused.is_lent) {
    guests_.refused(registry.id, repository.name, refused.value);
    co_return co_await pass(registry, repository);
  }
  auto own = co_await authenticator_.answer(registry, repository, head, scope, refused.value);
  if (!own) co_return fail(own.error());
  co_return Pass(std::move(*own));
}

Awaitable<Result<Reply>> Requester::call(const Registry& registry, const Repository& repository,
                                         HttpRequest request, CallManner manner) {
  if (auto held = check_hold(registry, request); !held) co_return fail(held.error());
  const bool is_fixed = manner.authorization != nullptr;
  Pass shown{std::string()};
  if (is_fixed) {
    shown.value = *manner.authorization;
  } else {
    auto first = co_await pass(registry, repository);
    if (!first) co_return fail(first.error());
    shown = std::move(*first);
  }
  AddressScope led_limit = registry.limit;
  int challenges = 0;
  int redirects = 0;
  while (true) {
    const bool at_home = request.url.origin() == registry.base.origin();
    HttpRequest sent = request;
    if (at_home && !shown.value.empty()) sent.set("Authorization", shown.value);
    const AddressScope limit = at_home ? registry.limit : led_limit;
    auto response =
        co_await transport_.send(sent, registry.egress(sent.url), registry.label, limit);
    if (!response) co_return fail(response.error());
    const int status = response->head().status;
    if (at_home) led_limit = response->scope();
    if (at_home) note_limits(registry, request, response->head());
    if (status == 401 && at_home && !is_fixed) {
      co_await response->discard();
      const ResponseHead head = response->head();
      // The connection goes back before a token is asked for: the token server may be the same
      // host.
      { const auto done = std::move(*response); }
      if (!shown.is_lent && ++challenges > kChallengesMax) {
        co_return fail(Errc::unauthorized, request.brief() + ": the registry refuses our token");
      }
      auto next = co_await next_pass(registry, repository, head, led_limit, shown);
      if (!next) co_return fail(next.error());
      shown = std::move(*next);
      continue;
    }
    if (!is_redirect(status) || !manner.is_led) {
      Reply reply(std::move(*response), std::move(request.url), led_limit);
      co_return reply;
    }
    auto next = next_url(request, response->head());
    if (!next) co_return fail(next.error());
    co_await response->discard();
    if (++redirects > kRedirectsMax) {
      co_return fail(Errc::protocol, request.brief() + ": more than 5 redirects");
    }
    request.url = std::move(*next);
  }
}

Awaitable<Result<Response>> Requester::call_direct(const Registry& registry,
                                                   const HttpRequest& request, AddressScope limit) {
  return transport_.send(request, registry.egress(request.url), registry.label, limit);
}

Result<void> Requester::check_hold(const Registry& registry, const HttpRequest& request) {
  const int wait_s =
      holds_.seconds_left(limited_thing(registry, request), std::chrono::steady_clock::now());
  if (wait_s == 0) return {};
  metrics_.upstream_held_requests(registry.label).Increment();
  return fail(
      Error(Errc::rate_limited, request.brief() + ": the registry wants no requests yet", wait_s));
}

void Requester::note_limits(const Registry& registry, const HttpRequest& request,
                            const ResponseHead& head) {
  const RateStatus status = rate_status(head);
  if (status.limit) metrics_.upstream_ratelimit(registry.label).Set(*status.limit);
  if (status.remaining) {
    metrics_.upstream_ratelimit_remaining(registry.label).Set(*status.remaining);
  }
  if (head.status != 429) return;
  const int wait_s = error_of_status(head, "").retry_after_s;
  if (wait_s > 0) {
    holds_.hold(limited_thing(registry, request), std::chrono::seconds(wait_s),
                std::chrono::steady_clock::now());
  }
}

const Registry& Requester::choose(const Registry& registry) const {
  return failover_.choose(registry, std::chrono::steady_clock::now());
}

Awaitable<bool> Requester::before_retry(const Registry& registry, const Registry& place,
                                        const Error& error, int attempt) {
  if (stop_.stopped()) co_return false;
  const auto now = std::chrono::steady_clock::now();
  const bool elsewhere = failover_.failed(registry, place, error, now);
  const auto places = static_cast<int>(registry.fallbacks.size());
  if (elsewhere && attempt < options_.attempts_max + places) {
    spdlog::info("upstream: {}: {} is of no help, another URL is tried: {}", registry.name,
                 place.base.brief(), error.message);
    metrics_.upstream_failovers(registry.label).Increment();
    co_return true;
  }
  const auto delay = delay_before_retry(options_, error, attempt, &random_below);
  if (!delay) co_return false;
  spdlog::debug("upstream: {}: try {} after {} ms: {}", registry.name, attempt + 1, delay->count(),
                error.message);
  metrics_.upstream_retries(registry.label).Increment();
  co_return co_await stop_.sleep_for(*delay);
}

}  // namespace shoal::upstream
