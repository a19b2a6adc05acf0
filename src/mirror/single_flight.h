#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "base/event.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::mirror {

// Lets many coroutines that want the same answer at the same time share the work of the first one.
// The first caller does the work itself, also when its own client has gone: others may wait for it.
// Nothing is kept once the answer is out.
// Thread  one executor's only.   Lifetime  outlives its calls.
template <class Value>
class SingleFlight {
 public:
  using Work = std::function<Awaitable<Result<Value>>()>;

  // `wait_max` bounds how long a caller waits for another one's work.
  explicit SingleFlight(std::chrono::milliseconds wait_max) : wait_max_(wait_max) {}

  // The answer of `work`, or of a call for the same key that is under way.
  // Errors  those of `work`; timeout: the other call takes too long.
  Awaitable<Result<Value>> run(std::string key, Work work) {
    if (const auto found = flights_.find(key); found != flights_.end()) {
      std::shared_ptr<Flight> under_way = found->second;
      co_return co_await join(std::move(under_way));
    }
    const auto executor = co_await asio::this_coro::executor;
    auto flight = std::make_shared<Flight>(executor);
    flights_.emplace(key, flight);
    try {
      // Named: GCC 12.2 destroys what stands beside a co_await in one expression twice.
      Result<Value> answer = co_await work();
      flight->answer.emplace(std::move(answer));
    } catch (...) {
      flight->answer.emplace(fail(Errc::internal, "an exception ended the work"));
      land(key, *flight);
      throw;
    }
    land(key, *flight);
    Result<Value> answer = *flight->answer;
    co_return answer;
  }

  std::size_t under_way() const { return flights_.size(); }

 private:
  struct Flight {
    explicit Flight(asio::any_io_executor executor) : landed(std::move(executor)) {}
    Event landed;
    std::optional<Result<Value>> answer;
  };

  void land(const std::string& key, Flight& flight) {
    flights_.erase(key);
    flight.landed.notify_all();
  }

  Awaitable<Result<Value>> join(std::shared_ptr<Flight> flight) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + wait_max_;
    while (!flight->answer) {
      const bool woken = co_await flight->landed.wait_until(deadline);
      if (!woken && !flight->answer) {
        co_return fail(Errc::timeout, "another request for the same content takes too long");
      }
    }
    Result<Value> answer = *flight->answer;
    co_return answer;
  }

  std::chrono::milliseconds wait_max_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace shoal::mirror
