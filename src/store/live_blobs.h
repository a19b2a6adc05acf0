#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/digest.h"
#include "store/blob_file.h"

namespace shoal::store {

// The blobs that are open in this process: at most one BlobFile a digest. The registry owns none of
// them; they close when their last user lets go.   Thread  any.
class LiveBlobs {
 public:
  // One digest's place. Whoever opens, makes or forgets a blob of the digest holds `turn`, so slow
  // work on one digest (checking what an earlier run left) makes no other digest wait.
  struct Slot {
    std::mutex turn;
    std::weak_ptr<BlobFile> blob;  // guarded by turn
  };
  std::shared_ptr<Slot> slot(const Digest& digest);
  // Goes through all there are, each under its turn.
  void each(const std::function<void(Slot&)>& see);

 private:
  void sweep();

  std::mutex mutex_;
  std::unordered_map<Digest, std::shared_ptr<Slot>> slots_;
  std::size_t sweep_at_ = 64;
};

}  // namespace shoal::store
