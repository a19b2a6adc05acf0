#pragma once

#include <cstddef>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/metrics.h"
#include "p2p/swarm.h"
#include "store/store.h"
#include "transfer/download_metrics.h"
#include "transfer/options.h"
#include "upstream/blob_fetcher.h"

namespace shoal::transfer {

// What all transfers share. Everything named here outlives them.
struct Context {
  Context(asio::any_io_executor reactor_in, asio::thread_pool& disk_pool_in, store::Store& store_in,
          upstream::BlobFetcher& upstream_in, p2p::Swarm* swarm_in, Metrics& metrics_in,
          TransferOptions options_in)
      : reactor(std::move(reactor_in)),
        disk_pool(disk_pool_in),
        store(store_in),
        upstream(upstream_in),
        swarm(swarm_in),
        metrics(metrics_in),
        options(std::move(options_in)),
        downloads(metrics.registry(), options.registries) {}

  asio::any_io_executor reactor;
  asio::thread_pool& disk_pool;
  store::Store& store;
  upstream::BlobFetcher& upstream;
  p2p::Swarm* swarm;  // nullptr: no peers
  Metrics& metrics;
  TransferOptions options;
  DownloadMetrics downloads;
  std::size_t passages = 0;  // under way
};

}  // namespace shoal::transfer
