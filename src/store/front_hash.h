#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "store/disk_file.h"
#include "store/piece_locks.h"
#include "store/piece_table.h"

namespace shoal::store {

// The digest of a blob taken from its front, while pieces arrive in any order behind it.
// When a piece that was hashed is dropped, it begins anew at byte 0.
//
// Thread    any; one at a time hashes.
// Lifetime  borrows all it is made from.
class FrontHash {
 public:
  FrontHash(DigestAlgorithm algorithm, const PieceLayout& layout, const DiskFile& file,
            const PieceTable& table, PieceLocks& locks);

  // Hashes what is present, at most `bytes_max`; does nothing while another thread hashes.
  // Returns  the bytes from the front hashed by now.   Errors  io.
  Result<std::uint64_t> advance(std::uint64_t bytes_max);

  // The digest of the whole, and which of the file's lives it is of.
  struct Whole {
    Whole(Digest digest_in, std::uint64_t generation_in)
        : digest(std::move(digest_in)), generation(generation_in) {}
    Digest digest;
    std::uint64_t generation;
  };
  // Hashes all that is left.
  // Errors  not_found: a piece is missing; io.
  Result<Whole> finish();

  // Whether no piece was dropped since, so that `whole` is of what is on disk.
  bool is_current(const Whole& whole) const {
    return whole.generation == generation_.load(std::memory_order_acquire);
  }

  // Says that the piece that begins at `offset` was dropped. The caller holds its lock alone.
  void dropped(std::uint64_t offset);

 private:
  Result<std::uint64_t> hash_chunk(std::uint64_t bytes_max);
  void start_over(std::uint64_t generation);

  DigestAlgorithm algorithm_;
  const PieceLayout& layout_;
  const DiskFile& file_;
  const PieceTable& table_;
  PieceLocks& locks_;

  std::mutex turn_;  // guards the next four; hashed_ is written under it
  Hasher hasher_;
  std::uint64_t hasher_generation_ = 0;
  std::optional<Digest> whole_;
  std::unique_ptr<std::byte[]> buffer_;  // only while hashing is under way: blobs may be many
  std::atomic<std::uint64_t> hashed_{0};
  std::atomic<std::uint64_t> generation_{0};  // how often a hashed piece was dropped
};

}  // namespace shoal::store
