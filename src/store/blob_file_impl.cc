#include "store/blob_file_impl.h"

#include <algorithm>
#include <optional>
#include <shared_mutex>
#include <string>

#include <spdlog/common.h>

#include "base/log.h"

namespace shoal::store {

BlobFile::Impl::Impl(Descriptor descriptor, std::uint32_t piece_bytes, DiskFile file,
                     BlobState state, MissingBytes missing, Metrics& metrics, Health& health,
                     Hooks hooks)
    : descriptor_(std::move(descriptor)),
      layout_(descriptor_.size, piece_bytes),
      file_(std::move(file)),
      metrics_(metrics),
      health_(health),
      hooks_(std::move(hooks)),
      state_(state),
      in_place_(state == BlobState::complete),
      missing_(std::move(missing)),
      table_(layout_),
      front_hash_(descriptor_.digest.algorithm(), layout_, file_, table_, locks_) {}

BlobFile::Impl::~Impl() {
  hooks_.closed(*this);
}

Result<void> BlobFile::Impl::check_bounds(std::uint64_t offset, std::uint64_t size) const {
  if (offset <= descriptor_.size && size <= descriptor_.size - offset) return {};
  return fail(Errc::invalid_argument, "bytes " + std::to_string(offset) + "+" +
                                          std::to_string(size) + " are outside of blob " +
                                          descriptor_.digest.text());
}

Result<std::uint32_t> BlobFile::Impl::crc_on_disk(std::uint32_t index) const {
  std::uint32_t crc = 0;
  auto done = read_in_chunks(file_, layout_.range(index),
                             [&](std::span<const std::byte> chunk) { crc = crc32c(chunk, crc); });
  if (!done) return fail(std::move(done.error()));
  return crc;
}

Result<std::uint32_t> BlobFile::Impl::crc_of_written(std::uint32_t index) {
  if (const auto crc = running_.take(index, layout_.range(index).size)) return *crc;
  return crc_on_disk(index);
}

void BlobFile::Impl::adopt(const PieceRecord& record) {
  const bool is_checked = state() == BlobState::arriving;
  for (std::uint32_t index = 0; index < layout_.count(); ++index) {
    if (!record.present[index]) continue;
    if (is_checked) {
      const auto crc = health_.counted(crc_on_disk(index));
      if (!crc || *crc != record.crcs[index]) {
        metrics_.store_corrupt_pieces.Increment();
        continue;
      }
      missing_.less(layout_.range(index).size);
    }
    table_.add(index, record.crcs[index], is_checked);
  }
}

Result<void> BlobFile::Impl::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (auto inside = check_bounds(offset, bytes.size()); !inside) return inside;
  while (!bytes.empty()) {
    const std::uint32_t index = layout_.piece_at(offset);
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(bytes.size(), layout_.range(index).end() - offset));
    if (auto done = write_in_piece(index, offset, bytes.first(size)); !done) return done;
    offset += size;
    bytes = bytes.subspan(size);
  }
  return {};
}

Result<void> BlobFile::Impl::write_in_piece(std::uint32_t index, std::uint64_t offset,
                                            std::span<const std::byte> bytes) {
  const std::shared_lock piece(locks_.of(index));
  if (table_.has(index)) return {};
  const auto before = running_.begin(index, offset - layout_.range(index).offset);
  const auto crc = before ? std::optional(crc32c(bytes, *before)) : std::nullopt;
  auto done = file_.write_at(offset, bytes);
  running_.end(index, bytes.size(), done ? crc : std::nullopt);
  return done;
}

Result<BlobFile::Finished> BlobFile::Impl::finish_piece(std::uint32_t index,
                                                        std::span<const std::uint32_t> acceptable) {
  using How = Finished::How;
  if (index >= layout_.count()) {
    return fail(Errc::invalid_argument,
                "blob " + descriptor_.digest.text() + " has no piece " + std::to_string(index));
  }
  if (table_.has(index)) return Finished{How::before, table_.crc(index)};
  const std::unique_lock piece(locks_.of(index));
  if (table_.has(index)) return Finished{How::before, table_.crc(index)};
  const auto crc = crc_of_written(index);
  if (!crc) return fail(crc.error());
  const bool is_accepted = acceptable.empty() || std::find(acceptable.begin(), acceptable.end(),
                                                           *crc) != acceptable.end();
  if (!is_accepted) return Finished{How::refused, *crc};
  table_.add(index, *crc, true);
  unsaved_bytes_ += layout_.range(index).size;
  missing_.less(layout_.range(index).size);
  return Finished{How::now, *crc};
}

Result<void> BlobFile::Impl::read(std::uint64_t offset, std::span<std::byte> out) {
  if (auto inside = check_bounds(offset, out.size()); !inside) return inside;
  while (!out.empty()) {
    const std::uint32_t index = layout_.piece_at(offset);
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(out.size(), layout_.range(index).end() - offset));
    auto intact = check_piece(index);
    if (!intact) return fail(std::move(intact.error()));
    if (!*intact) {
      reject_piece(index);
      return fail(Errc::corrupt, "piece " + std::to_string(index) + " of blob " +
                                     descriptor_.digest.text() + " fails its checksum");
    }
    if (auto done = read_in_piece(index, offset, out.first(size)); !done) return done;
    offset += size;
    out = out.subspan(size);
  }
  return {};
}

bool BlobFile::Impl::read_at_hand(std::uint64_t offset, std::span<std::byte> out) {
  if (out.empty() || !check_bounds(offset, out.size())) return false;
  const std::uint32_t index = layout_.piece_at(offset);
  if (offset + out.size() > layout_.range(index).end()) return false;
  const std::shared_lock piece(locks_.of(index), std::try_to_lock);
  if (!piece || !table_.has(index) || !table_.is_checked(index)) return false;
  return file_.read_at_hand(offset, out);
}

Result<bool> BlobFile::Impl::check_piece(std::uint32_t index) {
  const std::shared_lock piece(locks_.of(index));
  if (!table_.has(index) || table_.is_checked(index)) return true;
  const auto crc = crc_on_disk(index);
  if (!crc) return fail(crc.error());
  if (*crc != table_.crc(index)) return false;
  table_.mark_checked(index);
  return true;
}

Result<void> BlobFile::Impl::read_in_piece(std::uint32_t index, std::uint64_t offset,
                                           std::span<std::byte> out) {
  const std::shared_lock piece(locks_.of(index));
  if (!table_.has(index)) {
    return fail(Errc::not_found, "piece " + std::to_string(index) + " of blob " +
                                     descriptor_.digest.text() + " is not here");
  }
  return file_.read_at(offset, out);
}

// The piece failed while it was held shared only: by now another thread may have dropped it and
// brought it again. So it is looked at once more before it goes.
void BlobFile::Impl::reject_piece(std::uint32_t index) {
  const std::scoped_lock life(life_);
  const auto intact = check_piece(index);
  if (intact && *intact) return;
  if (!remove_under_life(index)) return;
  metrics_.store_corrupt_pieces.Increment();
  LogLine(spdlog::level::warn, "piece fails its checksum, dropped")
      .field("digest", descriptor_.digest.text())
      .field("piece", static_cast<unsigned long long>(index))
      .write();
  if (state() == BlobState::complete) {
    become(BlobState::arriving);
    hooks_.demoted(*this);
  }
}

bool BlobFile::Impl::remove_under_life(std::uint32_t index) {
  const std::unique_lock piece(locks_.of(index));
  running_.take(index, 0);
  if (!table_.remove(index)) return false;
  front_hash_.dropped(layout_.range(index).offset);
  missing_.more(layout_.range(index).size);
  return true;
}

void BlobFile::Impl::drop_piece(std::uint32_t index) {
  const std::scoped_lock life(life_);
  if (state() != BlobState::complete && index < layout_.count()) remove_under_life(index);
}

void BlobFile::Impl::drop_all() {
  const std::scoped_lock life(life_);
  if (state() != BlobState::complete) drop_all_under_life();
}

void BlobFile::Impl::drop_all_under_life() {
  for (std::uint32_t index = 0; index < layout_.count(); ++index) remove_under_life(index);
}

Result<std::uint64_t> BlobFile::Impl::advance_hash(std::uint64_t bytes_max) {
  if (state() == BlobState::complete) return descriptor_.size;
  return front_hash_.advance(bytes_max);
}

}  // namespace shoal::store
