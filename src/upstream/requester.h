#pragma once

#include <string>
#include <type_traits>

#include "base/metrics.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/authenticator.h"
#include "upstream/failover.h"
#include "upstream/guests.h"
#include "upstream/rate_hold.h"
#include "upstream/registry_table.h"
#include "upstream/retry.h"
#include "upstream/stop_signal.h"
#include "upstream/transport.h"

namespace shoal::upstream {

inline constexpr int kRedirectsMax = 5;

// The end of a chain of redirects.
struct Reply {
  Reply(Response response_in, Url url_in, AddressScope limit_in)
      : response(std::move(response_in)), url(std::move(url_in)), limit(limit_in) {}

  Response response;
  Url url;             // where it came from
  AddressScope limit;  // how close to us the registry may lead
};

// How a call differs from those that this node makes for itself.
struct CallManner {
  // Goes into the Authorization header as it stands, none where it is empty, and a 401 is the reply.
  // nullptr: what a client has lent for this repository, else what the authenticator has.
  const std::string* authorization = nullptr;
  bool is_led = true;  // false: a redirect is the reply
};

// A request to a registry, with everything that may come between it and its answer: 401 and a
// token, redirects. And the rule for trying again. Thread  the reactor's.   Lifetime  outlives its
// calls and their replies.
class Requester {
 public:
  Requester(Transport& transport, Authenticator& authenticator, Guests& guests, StopSignal& stop,
            Metrics& metrics, RetryOptions options)
      : transport_(transport),
        authenticator_(authenticator),
        guests_(guests),
        stop_(stop),
        metrics_(metrics),
        options_(options) {}

  // `request` goes to the registry itself. The reply's status may be any but a redirect; a 401 is
  // one from another host, ours are answered here. The Authorization header goes to the registry's
  // own origin and nowhere else. Errors  as Authenticator and Transport; protocol: too many
  // redirects, or a forbidden one; rate_limited, unasked, while a Retry-After holds. Lifetime  references outlive the await, `registry.tls` the reply
  // too.
  Awaitable<Result<Reply>> call(const Registry& registry, const Repository& repository,
                                HttpRequest request, CallManner manner = {});

  // One request without authorization to where a redirect led before.
  Awaitable<Result<Response>> call_direct(const Registry& registry, const HttpRequest& request,
                                          AddressScope limit);

  // Calls `once`, which makes an Awaitable<Result<...>> for the place it is given, for the place to ask
  // now, and again for as long as before_retry() says so.   Returns  what the last try came to.
  // Lifetime  `registry` and `once` outlive the await. Name `once` on a line of its own: GCC 12.2
  // destroys a temporary capturing lambda twice.
  template <class Once>
  std::invoke_result_t<const Once&, const Registry&> retried(const Registry& registry,
                                                             const Once& once) {
    co_return co_await tried(registry, once, 1);
  }

  // The same, but each place is asked once at most, and nobody waits.
  template <class Once>
  std::invoke_result_t<const Once&, const Registry&> tried_once(const Registry& registry,
                                                                const Once& once) {
    co_return co_await tried(registry, once, options_.attempts_max);
  }

  // Which of the registry's places to ask now.
  const Registry& choose(const Registry& registry) const;

  // After try `attempt` at `place`, one of the registry's, ended in `error`: waits before the next one,
  // unless another place is worth a try at once. Returns  false: there should be none.
  Awaitable<bool> before_retry(const Registry& registry, const Registry& place, const Error& error,
                               int attempt);

 private:
  // `attempt`: the number of the first try.
  template <class Once>
  std::invoke_result_t<const Once&, const Registry&> tried(const Registry& registry,
                                                           const Once& once, int attempt) {
    for (;; ++attempt) {
      const Registry& place = choose(registry);
      auto result = co_await once(place);
      if (result) co_return result;
      const bool again = co_await before_retry(registry, place, result.error(), attempt);
      if (!again) co_return result;
    }
  }

  // The Authorization header of one call, and where it is from.
  struct Pass {
    explicit Pass(std::string value_in, bool is_lent_in = false)
        : value(std::move(value_in)), is_lent(is_lent_in) {}
    std::string value;
    bool is_lent;
  };
  Awaitable<Result<Pass>> pass(const Registry& registry, const Repository& repository);
  // After a 401 with `head` to `refused`.
  Awaitable<Result<Pass>> next_pass(const Registry& registry, const Repository& repository,
                                    const ResponseHead& head, AddressScope scope,
                                    const Pass& refused);
  // Errors  rate_limited: the registry does not want to be asked this yet.
  Result<void> check_hold(const Registry& registry, const HttpRequest& request);
  // Takes note of what a response says about limits.
  void note_limits(const Registry& registry, const HttpRequest& request, const ResponseHead& head);

  Transport& transport_;
  Authenticator& authenticator_;
  Guests& guests_;
  StopSignal& stop_;
  Metrics& metrics_;
  RetryOptions options_;
  Failover failover_;
  RateHold holds_;
};

}  // namespace shoal::upstream
