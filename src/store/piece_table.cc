#include "store/piece_table.h"

#include <algorithm>
#include <bit>

namespace shoal::store {
namespace {

constexpr std::uint32_t kWordBits = 64;

std::size_t word_of(std::uint32_t index) {
  return index / kWordBits;
}
std::uint64_t bit_of(std::uint32_t index) {
  return std::uint64_t{1} << (index % kWordBits);
}

}  // namespace

PieceTable::PieceTable(const PieceLayout& layout)
    : layout_(layout),
      present_(layout.count() / kWordBits + 1),
      checked_(layout.count() / kWordBits + 1),
      crcs_(layout.count()) {}

bool PieceTable::has(std::uint32_t index) const {
  return index < layout_.count() &&
         (present_[word_of(index)].load(std::memory_order_acquire) & bit_of(index)) != 0;
}

// There is always a missing piece to find: bits from count() on are never set.
std::uint32_t PieceTable::first_missing(std::uint32_t from) const {
  std::size_t word = word_of(from);
  const Word before = bit_of(from) - 1;
  Word bits = present_[word].load(std::memory_order_acquire) | before;
  while (bits == ~Word{0} && word + 1 < present_.size()) {
    bits = present_[++word].load(std::memory_order_acquire);
  }
  return static_cast<std::uint32_t>(word * kWordBits) +
         static_cast<std::uint32_t>(std::countr_one(bits));
}

std::uint64_t PieceTable::present_from(std::uint64_t offset) const {
  if (offset >= layout_.blob_bytes()) return 0;
  const std::uint32_t missing = first_missing(layout_.piece_at(offset));
  const std::uint64_t end =
      missing < layout_.count() ? layout_.range(missing).offset : layout_.blob_bytes();
  return end > offset ? end - offset : 0;
}

std::uint32_t PieceTable::crc(std::uint32_t index) const {
  return crcs_[index].load(std::memory_order_relaxed);
}

bool PieceTable::is_checked(std::uint32_t index) const {
  return (checked_[word_of(index)].load(std::memory_order_acquire) & bit_of(index)) != 0;
}

void PieceTable::add(std::uint32_t index, std::uint32_t crc, bool is_checked) {
  crcs_[index].store(crc, std::memory_order_relaxed);
  if (is_checked) mark_checked(index);
  present_[word_of(index)].fetch_or(bit_of(index), std::memory_order_acq_rel);
  present_count_.fetch_add(1, std::memory_order_acq_rel);
}

void PieceTable::mark_checked(std::uint32_t index) {
  checked_[word_of(index)].fetch_or(bit_of(index), std::memory_order_acq_rel);
}

void PieceTable::forget_checks() {
  for (auto& word : checked_) word.store(0, std::memory_order_release);
}

bool PieceTable::remove(std::uint32_t index) {
  if (!has(index)) return false;
  present_[word_of(index)].fetch_and(~bit_of(index), std::memory_order_acq_rel);
  checked_[word_of(index)].fetch_and(~bit_of(index), std::memory_order_acq_rel);
  present_count_.fetch_sub(1, std::memory_order_acq_rel);
  return true;
}

PieceRecord PieceTable::record() const {
  PieceRecord record(layout_.blob_bytes());
  record.crcs.resize(layout_.count());
  record.present.resize(layout_.count());
  for (std::uint32_t i = 0; i < layout_.count(); ++i) {
    record.present[i] = has(i);
    record.crcs[i] = crc(i);
  }
  return record;
}

}  // namespace shoal::store
