#include "upstream/stop_signal.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace shoal::upstream {

StopSignal::Hook::Hook(StopSignal& signal, std::function<void()> on_stop)
    : signal_(signal), place_(signal.hooks_.insert(signal.hooks_.end(), std::move(on_stop))) {}

StopSignal::Hook::~Hook() {
  signal_.hooks_.erase(place_);
}

void StopSignal::stop() {
  if (stopped_) return;
  stopped_ = true;
  for (const auto& hook : hooks_) hook();
}

Awaitable<bool> StopSignal::sleep_for(std::chrono::steady_clock::duration duration) {
  if (stopped_) co_return false;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(duration);
  const Hook hook(*this, [&timer] { timer.cancel(); });
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return !stopped_;
}

}  // namespace shoal::upstream
