#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>

#include "base/metrics.h"
#include "store/blob_file.h"
#include "store/disk_file.h"
#include "store/front_hash.h"
#include "store/health.h"
#include "store/missing_bytes.h"
#include "store/piece_locks.h"
#include "store/piece_table.h"
#include "store/running_crc.h"

namespace shoal::store {

enum class BlobState : std::uint8_t {
  arriving,
  complete,
  discarded,  // forgotten by the store: a file without a name, never to be committed
};

// What BlobFile is made of, and what Store needs of it beyond BlobFile's face.
// Locks are taken in this order: life, then one of a piece.
class BlobFile::Impl {
 public:
  struct Hooks {
    // Called under the life lock when a complete blob lost a piece, after its state became arriving.
    std::function<void(Impl&)> demoted;
    std::function<void(Impl&)> closed;
  };

  // `piece_bytes`: StoreOptions::piece_bytes.
  // `missing`: all that the state says is not here.
  Impl(Descriptor descriptor, std::uint32_t piece_bytes, DiskFile file, BlobState state,
       MissingBytes missing, Metrics& metrics, Health& health, Hooks hooks);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const Descriptor& descriptor() const { return descriptor_; }
  const PieceLayout& layout() const { return layout_; }
  const DiskFile& file() const { return file_; }
  const PieceTable& table() const { return table_; }
  FrontHash& front_hash() { return front_hash_; }
  std::uint64_t bytes_present() const { return descriptor_.size - missing_.count(); }

  // Whoever changes the state or drops pieces holds this, and so who decides on them: the state,
  // once read under it, stays as it is.
  std::mutex& life() { return life_; }
  BlobState state() const { return state_.load(std::memory_order_acquire); }
  void become(BlobState state) { state_.store(state, std::memory_order_release); }
  void drop_all_under_life();
  // Whether the file lies among the complete blobs, not the arriving ones. Under the life lock.
  bool& in_place() { return in_place_; }

  // Before anybody else knows of the blob: takes over the pieces that `record` has. Those of a blob
  // that is arriving are checked now, and left out if they fail or cannot be read (counted).
  void adopt(const PieceRecord& record);

  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes);
  Result<Finished> finish_piece(std::uint32_t index, std::span<const std::uint32_t> acceptable);
  Result<void> read(std::uint64_t offset, std::span<std::byte> out);
  bool read_at_hand(std::uint64_t offset, std::span<std::byte> out);
  void drop_piece(std::uint32_t index);
  void drop_all();
  Result<std::uint64_t> advance_hash(std::uint64_t bytes_max);
  // Has every piece checked again when it is next read.
  void forget_checks() { table_.forget_checks(); }

  // Bytes of pieces that were finished and are not in the index yet.
  std::atomic<std::uint64_t>& unsaved_bytes() { return unsaved_bytes_; }
  std::uint64_t unsaved_bytes() const { return unsaved_bytes_; }
  // Held by the one that writes piece state to the index.
  std::mutex& checkpoint_turn() { return checkpoint_turn_; }
  Health& health() const { return health_; }

 private:
  Result<void> check_bounds(std::uint64_t offset, std::uint64_t size) const;
  Result<std::uint32_t> crc_on_disk(std::uint32_t index) const;
  // Of a piece whose bytes were written, held alone.
  Result<std::uint32_t> crc_of_written(std::uint32_t index);
  Result<void> write_in_piece(std::uint32_t index, std::uint64_t offset,
                              std::span<const std::byte> bytes);
  Result<void> read_in_piece(std::uint32_t index, std::uint64_t offset, std::span<std::byte> out);
  // Returns  whether the piece passed.   Errors  io.
  Result<bool> check_piece(std::uint32_t index);
  void reject_piece(std::uint32_t index);
  bool remove_under_life(std::uint32_t index);

  const Descriptor descriptor_;
  const PieceLayout layout_;
  const DiskFile file_;
  Metrics& metrics_;
  Health& health_;
  const Hooks hooks_;
  std::atomic<BlobState> state_;
  std::mutex life_;
  bool in_place_;
  MissingBytes missing_;
  std::mutex checkpoint_turn_;
  RunningCrcs running_;
  std::atomic<std::uint64_t> unsaved_bytes_{0};
  PieceLocks locks_;
  PieceTable table_;
  FrontHash front_hash_;
};

}  // namespace shoal::store
