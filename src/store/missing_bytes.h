#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace shoal::store {

// How many bytes of one blob are not here yet, as part of the sum over all blobs that are open. A blob
// takes its room before its bytes come: what is missing is promised, but not on the disk.
// Thread  any.   Lifetime  the sum outlives it.
class MissingBytes {
 public:
  MissingBytes(std::atomic<std::uint64_t>& all, std::uint64_t bytes) : all_(&all) { more(bytes); }
  ~MissingBytes() {
    if (all_) less(own_.load());
  }
  MissingBytes(MissingBytes&& other) noexcept
      : all_(std::exchange(other.all_, nullptr)), own_(other.own_.load()) {}
  MissingBytes& operator=(MissingBytes&&) = delete;

  void more(std::uint64_t bytes) {
    own_ += bytes;
    *all_ += bytes;
  }
  void less(std::uint64_t bytes) {
    own_ -= bytes;
    *all_ -= bytes;
  }
  std::uint64_t count() const { return own_.load(); }

 private:
  std::atomic<std::uint64_t>* all_;
  std::atomic<std::uint64_t> own_{0};
};

}  // namespace shoal::store
