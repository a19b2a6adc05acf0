#pragma once

#include <functional>

#include "loadtest/http_connection.h"
#include "loadtest/pull_context.h"

namespace shoal::loadtest {

// Runs `work` on `count` threads, each with a connection of its own, until all have returned. The
// first error stops the others and is returned.
Result<void> run_workers(PullContext& context, int count,
                         const std::function<Result<void>(HttpConnection&)>& work);

}  // namespace shoal::loadtest
