#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clocks.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/stop_signal.h"

namespace shoal::upstream {

using Addresses = std::vector<asio::ip::address>;
// Host names to addresses. An interface, so that tests have names of their own.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // Returns  at least one address, in the order to try them; of a literal, itself.
  // Errors  unavailable (names the host); timeout; canceled.
  virtual Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime deadline) = 0;
};

// The system's resolver. getaddrinfo blocks, so it runs on `pool`; a look-up that is given up on
// ends there on its own.   Lifetime  all three outlive it.
class SystemResolver final : public Resolver {
 public:
  SystemResolver(asio::any_io_executor executor, asio::thread_pool& pool, StopSignal& stop)
      : executor_(std::move(executor)), pool_(pool), stop_(stop) {}

  Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime deadline) override;

 private:
  asio::any_io_executor executor_;
  asio::thread_pool& pool_;
  StopSignal& stop_;
};

}  // namespace shoal::upstream
