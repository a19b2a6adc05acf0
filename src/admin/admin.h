#pragma once

#include <functional>

#include "base/metrics.h"
#include "base/result.h"
#include "http/server.h"

namespace shoal::admin {

// Whether the node can serve; the error's message says what is missing. Asked for every /readyz on
// the server's thread, so it has to be quick and must not block.
using Readiness = std::function<Result<void>()>;

// The handler of the admin port:
//   /v1/...       whatever `api` answers
//   GET /healthz  200 "ok" for as long as the process answers at all
//   GET /readyz   200 "ok", or 503 with the reason
//   GET /metrics  every metric in Prometheus's text format
// HEAD likewise; other methods 405, other paths 404, both with a JSON body
// {"errors":[{"code","message"}]}.
// Lifetime  `metrics` outlives the handler.
http::Handler make_handler(Metrics& metrics, Readiness ready, http::Handler api);

}  // namespace shoal::admin
