#include "base/event.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

namespace shoal {

Awaitable<bool> Event::wait_until(SteadyTime deadline) {
  Waiter waiter(executor_);
  // Also when the coroutine is destroyed while it waits.
  struct Registration {
    std::list<Waiter*>& waiting;
    Waiter& waiter;
    std::list<Waiter*>::iterator place;
    ~Registration() {
      if (!waiter.woken) waiting.erase(place);
    }
  };
  const Registration registration{waiting_, waiter, waiting_.insert(waiting_.end(), &waiter)};
  waiter.timer.expires_at(deadline);
  boost::system::error_code ignored;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return waiter.woken;
}

void Event::notify_all() {
  std::list<Waiter*> woken;
  woken.swap(waiting_);
  for (Waiter* waiter : woken) {
    waiter->woken = true;
    waiter->timer.cancel();
  }
}

Awaitable<void> sleep_for(std::chrono::steady_clock::duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(duration);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace shoal
