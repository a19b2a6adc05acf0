#pragma once

#include <atomic>

#include "base/metrics.h"
#include "store/store.h"

namespace shoal::store {

// Counts what the store holds, for stats() and the store_* gauges.   Thread  any; never blocks.
class Tally {
 public:
  explicit Tally(Metrics& metrics) : metrics_(metrics) {}

  void add_complete(std::uint64_t blobs, std::uint64_t bytes) {
    blobs_ += blobs;
    blob_bytes_ += bytes;
    metrics_.store_blobs.Increment(static_cast<double>(blobs));
    metrics_.store_bytes.Increment(static_cast<double>(bytes));
  }
  void remove_complete(std::uint64_t bytes) {
    --blobs_;
    blob_bytes_ -= bytes;
    metrics_.store_blobs.Decrement();
    metrics_.store_bytes.Decrement(static_cast<double>(bytes));
  }
  void add_partial(std::uint64_t blobs) {
    partial_blobs_ += blobs;
    metrics_.store_partial_blobs.Increment(static_cast<double>(blobs));
  }
  void remove_partial() {
    --partial_blobs_;
    metrics_.store_partial_blobs.Decrement();
  }

  StoreStats stats() const { return {blobs_.load(), blob_bytes_.load(), partial_blobs_.load()}; }

 private:
  Metrics& metrics_;
  std::atomic<std::uint64_t> blobs_{0};
  std::atomic<std::uint64_t> blob_bytes_{0};
  std::atomic<std::uint64_t> partial_blobs_{0};
};

}  // namespace shoal::store
