#pragma once

#include <chrono>

#include "base/event.h"
#include "store/store.h"
#include "transfer/transfers.h"

namespace shoal::transfer {

// Keeps the store within its limits while nobody asks for anything: every `interval` it has the store tidy
// up, and where what should go is only seeded, and to nobody, it has the swarm let go of it. While the
// disk is in trouble it looks every second at least.
// Thread  the reactor's.   Lifetime  what it is made of outlives run().
class Housekeeping {
 public:
  Housekeeping(asio::any_io_executor reactor, asio::thread_pool& disk_pool, store::Store& store,
               Transfers& transfers, std::chrono::milliseconds interval);
  // Ends after stop().
  Awaitable<void> run();
  void stop();

 private:
  std::chrono::milliseconds pause() const;

  asio::thread_pool& disk_pool_;
  store::Store& store_;
  Transfers& transfers_;
  const std::chrono::milliseconds interval_;
  Event stop_;
  bool is_stopped_ = false;
};

}  // namespace shoal::transfer
