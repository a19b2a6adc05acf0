#include "loadtest/workers.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace shoal::loadtest {

Result<void> run_workers(PullContext& context, int count,
                         const std::function<Result<void>(HttpConnection&)>& work) {
  std::mutex mutex;
  std::optional<Error> first_error;
  const auto run_one = [&] {
    HttpConnection connection(context.mirror, context.address, context.limits);
    const auto outcome = work(connection);
    if (outcome) return;
    const std::lock_guard lock(mutex);
    // Who was stopped may be here before who stopped it.
    if (!first_error || first_error->code == Errc::canceled) first_error = outcome.error();
    context.is_stopped = true;
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int number = 0; number < count; ++number) threads.emplace_back(run_one);
  }
  if (first_error) return fail(*first_error);
  return {};
}

}  // namespace shoal::loadtest
