#pragma once

#include <string>

#include "base/metrics.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/authenticator.h"
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

// A request to a registry, with everything that may come between it and its answer: 401 and a
// token, redirects. And the rule for trying again. Thread  the reactor's.   Lifetime  outlives its
// calls and their replies.
class Requester {
 public:
  Requester(Transport& transport, Authenticator& authenticator, StopSignal& stop, Metrics& metrics,
            RetryOptions options)
      : transport_(transport),
        authenticator_(authenticator),
        stop_(stop),
        metrics_(metrics),
        options_(options) {}

  // `request` goes to the registry itself. The reply's status may be any but a redirect; a 401 is
  // one from another host, ours are answered here. The Authorization header goes to the registry's
  // own origin and nowhere else. Errors  as Authenticator and Transport; protocol: too many
  // redirects, or a forbidden one. Lifetime  references outlive the await, `registry.tls` the reply
  // too.
  Awaitable<Result<Reply>> call(const Registry& registry, const Repository& repository,
                                HttpRequest request);

  // One request without authorization to where a redirect led before.
  Awaitable<Result<Response>> call_direct(const Registry& registry, const HttpRequest& request,
                                          AddressScope limit);

  // Waits before try `attempt` + 1. Returns  false: there should be none.
  Awaitable<bool> before_retry(const Registry& registry, const Error& error, int attempt);

 private:
  Transport& transport_;
  Authenticator& authenticator_;
  StopSignal& stop_;
  Metrics& metrics_;
  RetryOptions options_;
};

}  // namespace shoal::upstream
