#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/hash.h"
#include "loadtest/http_connection.h"

namespace shoal::loadtest {

// Hashes chunks in their order, whatever the order they arrive in.   Thread  any.
class OrderedHasher {
 public:
  OrderedHasher(DigestAlgorithm algorithm, SteadyTime deadline)
      : hasher_(algorithm), deadline_(deadline) {}

  // Blocks until every chunk before `number` has been added. Numbers begin at 0, each is added once.
  // Errors  canceled after stop(); timeout at the deadline.
  Result<void> add(std::uint64_t number, std::span<const std::byte> chunk);
  // Lets nobody wait for a chunk that will not come.
  void stop();
  // The digest of all chunks, after the last add(). Call once.
  Digest finish() { return hasher_.finish(); }

 private:
  std::mutex mutex_;
  std::condition_variable turn_changed_;
  Hasher hasher_;
  SteadyTime deadline_;
  std::uint64_t next_ = 0;
  bool is_stopped_ = false;
};

}  // namespace shoal::loadtest
