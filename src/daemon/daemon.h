#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "daemon/config.h"
#include "discovery/discovery.h"
#include "http/server.h"
#include "inventory/api.h"
#include "mirror/mirror.h"
#include "p2p/swarm.h"
#include "pki/credentials_watch.h"
#include "store/store.h"
#include "transfer/housekeeping.h"
#include "transfer/transfers.h"
#include "upstream/client.h"

namespace shoal::daemon {

// All parts of the program, made and wired: the one place that knows them all. Members are declared
// in the order of their dependence, so that what is used outlives what uses it.
// Thread  the reactor's, which is the one that calls run().
class Daemon {
 public:
  explicit Daemon(const Config& config);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Opens the store and all ports. Errors  what in the configuration does not fit this machine, with
  // the key and where it was given.
  Result<void> start();
  // Serves until SIGTERM or SIGINT, then drains: stops accepting, lets what is being sent finish
  // within mirror.drain_timeout, writes down what is arriving.
  void run();

 private:
  Result<void> open_store();
  Result<void> start_upstream();
  Result<void> start_swarm();
  Result<void> join_cluster();
  // Has the cluster's directory know what is in the store, now and from now on.
  void announce_blobs();
  Result<void> start_discovery();
  Result<void> start_servers();
  Result<void> ready() const;
  Awaitable<void> serve_until_signal();
  Awaitable<void> drain();

  static constexpr std::size_t kDiskThreads = 4;
  static constexpr std::chrono::seconds kCredentialsInterval{5};
  static constexpr std::chrono::seconds kHousekeepingInterval{5};

  const Config& config_;
  asio::io_context reactor_{1};
  asio::thread_pool disk_pool_{kDiskThreads};
  asio::signal_set signals_;
  Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<upstream::Client> upstream_;
  std::unique_ptr<p2p::Swarm> swarm_;  // empty where swarm.enabled is false
  std::unique_ptr<transfer::Transfers> transfers_;
  std::unique_ptr<discovery::Discovery> discovery_;
  std::unique_ptr<pki::CredentialsWatch> credentials_watch_;  // empty without TLS
  std::unique_ptr<mirror::Mirror> mirror_;
  std::unique_ptr<inventory::Api> inventory_;
  std::unique_ptr<http::Server> mirror_server_;
  std::unique_ptr<http::Server> admin_server_;
  std::unique_ptr<transfer::Housekeeping> housekeeping_;
  bool draining_ = false;
};

}  // namespace shoal::daemon
