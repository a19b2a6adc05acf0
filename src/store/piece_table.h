#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "store/piece_layout.h"
#include "store/records.h"

namespace shoal::store {

// Which pieces of a blob are present, their CRC32C, and which of them were checked since the blob
// was opened. Reading never blocks: the table is asked on every send.
//
// Thread  any may read. add() and remove() need the piece's lock (PieceLocks), held alone.
class PieceTable {
 public:
  explicit PieceTable(const PieceLayout& layout);

  bool has(std::uint32_t index) const;
  std::uint32_t present() const { return present_count_.load(std::memory_order_acquire); }
  bool full() const { return present() == layout_.count(); }
  // The bytes present from `offset` on without a gap.
  std::uint64_t present_from(std::uint64_t offset) const;

  // Meaningful while the piece is present.
  std::uint32_t crc(std::uint32_t index) const;
  bool is_checked(std::uint32_t index) const;

  // Makes a missing piece present.
  void add(std::uint32_t index, std::uint32_t crc, bool is_checked);
  void mark_checked(std::uint32_t index);
  // Has all pieces checked again when they are next read.
  void forget_checks();
  // Returns  whether it was present.
  bool remove(std::uint32_t index);

  // The state of each piece at some moment of the call.
  PieceRecord record() const;

 private:
  using Word = std::uint64_t;
  using Bitmap = std::vector<std::atomic<Word>>;
  std::uint32_t first_missing(std::uint32_t from) const;

  PieceLayout layout_;
  Bitmap present_;
  Bitmap checked_;
  std::vector<std::atomic<std::uint32_t>> crcs_;
  std::atomic<std::uint32_t> present_count_{0};
};

}  // namespace shoal::store
