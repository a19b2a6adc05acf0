#pragma once

#include <chrono>
#include <list>

#include <boost/asio/steady_timer.hpp>

#include "base/clocks.h"
#include "base/task.h"

namespace shoal {

// Lets coroutines of one executor wait until something may have changed.
// A waiter looks at its own condition again each time it wakes: notify_all() says "look", not
// "yes". Thread  the executor's only.   Lifetime  outlives its waiters.
class Event {
 public:
  explicit Event(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Returns  true when woken by notify_all(), false when `deadline` came first.
  Awaitable<bool> wait_until(SteadyTime deadline);
  void notify_all();
  std::size_t waiters() const { return waiting_.size(); }

 private:
  struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    bool woken = false;
  };
  asio::any_io_executor executor_;
  std::list<Waiter*> waiting_;
};

// Suspends the coroutine for `duration`.
Awaitable<void> sleep_for(std::chrono::steady_clock::duration duration);

}  // namespace shoal
