#include "store/front_hash.h"

#include <algorithm>
#include <limits>
#include <shared_mutex>

namespace shoal::store {

FrontHash::FrontHash(DigestAlgorithm algorithm, const PieceLayout& layout, const DiskFile& file,
                     const PieceTable& table, PieceLocks& locks)
    : algorithm_(algorithm),
      layout_(layout),
      file_(file),
      table_(table),
      locks_(locks),
      hasher_(algorithm) {}

void FrontHash::start_over(std::uint64_t generation) {
  hasher_ = Hasher(algorithm_);
  hasher_generation_ = generation;
  whole_.reset();
  hashed_.store(0, std::memory_order_release);
}

// A piece that is hashed is held shared from the look at the table until hashed_ has moved past it;
// a piece that is dropped is held alone. So dropped() either comes first, and the piece is not
// there to hash, or sees that it was hashed.
Result<std::uint64_t> FrontHash::hash_chunk(std::uint64_t bytes_max) {
  const std::uint64_t generation = generation_.load(std::memory_order_acquire);
  if (generation != hasher_generation_) start_over(generation);
  const std::uint64_t from = hashed_.load(std::memory_order_relaxed);
  if (from == layout_.blob_bytes()) return 0;
  const std::uint32_t index = layout_.piece_at(from);
  const std::shared_lock piece(locks_.of(index));
  if (!table_.has(index)) return 0;
  const std::uint64_t size =
      std::min({bytes_max, layout_.range(index).end() - from, std::uint64_t{kChunkBytes}});
  const std::span<std::byte> chunk(buffer_.get(), static_cast<std::size_t>(size));
  if (auto done = file_.read_at(from, chunk); !done) return fail(std::move(done.error()));
  hasher_.update(chunk);
  hashed_.store(from + size, std::memory_order_release);
  return size;
}

Result<std::uint64_t> FrontHash::advance(std::uint64_t bytes_max) {
  const std::unique_lock turn(turn_, std::try_to_lock);
  if (!turn) return hashed_.load(std::memory_order_acquire);
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(kChunkBytes);
  Result<std::uint64_t> step = 0;
  do {
    step = hash_chunk(bytes_max);
    bytes_max -= step.value_or(0);
  } while (step && *step != 0 && bytes_max != 0);
  buffer_.reset();
  if (!step) return step;
  return hashed_.load(std::memory_order_acquire);
}

Result<FrontHash::Whole> FrontHash::finish() {
  const std::scoped_lock turn(turn_);
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(kChunkBytes);
  Result<std::uint64_t> step = 0;
  do {
    step = hash_chunk(std::numeric_limits<std::uint64_t>::max());
  } while (step && *step != 0);
  buffer_.reset();
  if (!step) return fail(std::move(step.error()));
  if (hashed_.load(std::memory_order_relaxed) != layout_.blob_bytes()) {
    return fail(Errc::not_found, "pieces of the blob are missing");
  }
  if (!whole_) whole_ = hasher_.finish();
  return Whole(*whole_, hasher_generation_);
}

void FrontHash::dropped(std::uint64_t offset) {
  if (offset < hashed_.load(std::memory_order_acquire)) {
    generation_.fetch_add(1, std::memory_order_acq_rel);
  }
}

}  // namespace shoal::store
