#pragma once

#include <cstddef>

namespace shoal::p2p {

// How much memory blocks may take while they are on their way in one direction.
struct MemoryLimits {
  std::size_t all;       // of all blobs together, at least one block
  std::size_t per_blob;  // of one blob, at least one block
};

// Keeps the account of it: one blob that is slow to be written or sent must not take what the others
// need. Pure.   Thread  any one.
class MemoryBudget {
 public:
  // Of one blob.
  class Account {
   public:
    std::size_t used() const { return used_; }

   private:
    friend class MemoryBudget;
    std::size_t used_ = 0;
  };

  explicit MemoryBudget(MemoryLimits limits) : limits_(limits) {}

  std::size_t used() const { return used_; }
  bool fits(const Account& account, std::size_t bytes) const {
    return used_ + bytes <= limits_.all && account.used_ + bytes <= limits_.per_blob;
  }
  // Nothing more should come for it.
  bool full(const Account& account) const {
    return used_ >= limits_.all || account.used_ >= limits_.per_blob;
  }
  // Half of what made it full is gone, so that it pays to go on.
  bool eased(const Account& account) const {
    return used_ <= limits_.all / 2 && account.used_ <= limits_.per_blob / 2;
  }
  void take(Account& account, std::size_t bytes) {
    account.used_ += bytes;
    used_ += bytes;
  }
  void give_back(Account& account, std::size_t bytes) {
    account.used_ -= bytes;
    used_ -= bytes;
  }

 private:
  MemoryLimits limits_;
  std::size_t used_ = 0;
};

}  // namespace shoal::p2p
