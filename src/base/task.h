#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace shoal {

namespace asio = boost::asio;

template <class T>
using Awaitable = asio::awaitable<T>;

// Starts `task` on `executor` and lets it run to its end on its own. An exception that leaves it is
// a bug: it is logged with `name`, counted (stray_exceptions), and goes no further. This is the
// only way Shoal starts a coroutine; asio's `detached` would end the process instead.
void spawn(const asio::any_io_executor& executor, std::string_view name, Awaitable<void> task);

// How many exceptions have left tasks since the process began. Thread: any.
unsigned long stray_exceptions();

// Runs blocking `work` on `pool` and resumes on the coroutine's own executor with what it returned.
// `work` must not throw. Give it a name of its own before the co_await: GCC 12.2 destroys a
// temporary capturing lambda twice when it stands in one full expression with co_await.
template <class Work>
auto offload(asio::thread_pool& pool, Work work) -> Awaitable<std::invoke_result_t<Work&>> {
  using Value = std::invoke_result_t<Work&>;
  auto initiate = [&pool](auto handler, Work job) {
    // Asio wants a copyable function on the way to the pool, and coroutine handlers only move.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(pool, [shared, job = std::move(job)]() mutable {
      auto executor = asio::prefer(asio::get_associated_executor(*shared),
                                   asio::execution::outstanding_work.tracked);
      auto value = std::make_shared<Value>(job());
      asio::post(executor, [shared, value]() mutable {
        auto complete = std::move(*shared);
        complete(std::move(*value));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Value)>(
      initiate, asio::use_awaitable, std::move(work));
}

}  // namespace shoal
