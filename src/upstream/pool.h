#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "base/task.h"
#include "upstream/connection.h"
#include "upstream/connector.h"
#include "upstream/stop_signal.h"
#include "upstream/url.h"

namespace shoal::upstream {

struct PoolOptions {
  std::size_t connections_per_host_max = 16;
  std::size_t waiting_per_host_max = 4096;
  std::chrono::milliseconds wait_max{30000};  // for a connection to become free
  std::chrono::milliseconds idle_max{30000};  // servers close theirs after 60 s or more
};

// Connections that are kept for the next request, and the limit on how many there are to one host.
// Those who wait for one are served in the order they came.
// Thread  the reactor's.   Lifetime  outlives its leases.
class Pool {
 public:
  // The right to use one connection. Where it is still reusable at the end, it goes back.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();

    Connection& connection() { return *connection_; }
    // Whether it carried a request before, so that the server may have closed it meanwhile.
    bool reused() const { return reused_; }

   private:
    friend class Pool;
    Lease(Pool* pool, std::string key) : pool_(pool), key_(std::move(key)) {}
    void give_back();

    Pool* pool_;  // nullptr: there is nothing to give back
    std::string key_;
    std::unique_ptr<Connection> connection_;
    bool reused_ = false;
  };

  Pool(asio::any_io_executor executor, Connector& connector, StopSignal& stop, PoolOptions options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // An idle connection to url's server, else a new one. `fresh`: a new one in any case, and the
  // idle ones are closed, as one of them turned out to be stale. Errors  as Connector::open();
  // timeout: none became free in time; unavailable: too many wait.
  Awaitable<Result<Lease>> acquire(const Url& url, Egress egress, AddressScope limit, bool fresh);
  // Closes what is idle; what is in use is closed by the stop signal.
  void close_idle();
  std::size_t idle() const;

 private:
  struct Idle {
    Idle(std::unique_ptr<Connection> connection_in, SteadyTime since_in)
        : connection(std::move(connection_in)), since(since_in) {}
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };
  struct Waiter;
  struct Host {
    std::size_t open = 0;  // leased and idle
    std::list<Idle> idle;  // the one used last is at the back
    std::list<Waiter*> waiting;
  };

  Awaitable<Result<void>> wait_for_slot(Host& host, Lease& lease);
  std::unique_ptr<Connection> take_idle(Host& host, AddressScope limit);
  void give_back(const std::string& key, std::unique_ptr<Connection> connection);
  void release_slot(const std::string& key);
  void arm_reaper();
  void reap();

  asio::any_io_executor executor_;
  Connector& connector_;
  StopSignal& stop_;
  PoolOptions options_;
  std::map<std::string, Host> hosts_;  // only those with a connection or somebody who waits
  std::shared_ptr<asio::steady_timer> reaper_;  // its handler holds it weakly, to know of our end
  bool reaper_armed_ = false;
};

}  // namespace shoal::upstream
