#include "store/blob_file.h"

#include "store/blob_file_impl.h"

namespace shoal::store {

BlobFile::BlobFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobFile::~BlobFile() = default;

const Descriptor& BlobFile::descriptor() const {
  return impl_->descriptor();
}
const PieceLayout& BlobFile::layout() const {
  return impl_->layout();
}
int BlobFile::fd() const {
  return impl_->file().fd();
}
bool BlobFile::complete() const {
  return impl_->state() == BlobState::complete;
}

bool BlobFile::has_piece(std::uint32_t index) const {
  return impl_->table().has(index);
}
std::uint32_t BlobFile::pieces_present() const {
  return impl_->table().present();
}
std::vector<bool> BlobFile::pieces() const {
  return impl_->table().record().present;
}
std::uint64_t BlobFile::present_from(std::uint64_t offset) const {
  return impl_->table().present_from(offset);
}

Result<void> BlobFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  return impl_->health().noted(impl_->write(offset, bytes));
}
Result<void> BlobFile::finish_piece(std::uint32_t index) {
  const auto finished = finish_piece(index, {});
  return finished ? Result<void>() : fail(finished.error());
}
Result<BlobFile::Finished> BlobFile::finish_piece(std::uint32_t index,
                                                  std::span<const std::uint32_t> acceptable) {
  return impl_->health().noted(impl_->finish_piece(index, acceptable));
}
std::optional<std::uint32_t> BlobFile::crc(std::uint32_t index) const {
  if (!impl_->table().has(index)) return std::nullopt;
  return impl_->table().crc(index);
}
Result<void> BlobFile::read(std::uint64_t offset, std::span<std::byte> out) {
  return impl_->health().counted(impl_->read(offset, out));
}
bool BlobFile::read_at_hand(std::uint64_t offset, std::span<std::byte> out) {
  return impl_->read_at_hand(offset, out);
}
void BlobFile::drop_piece(std::uint32_t index) {
  impl_->drop_piece(index);
}
void BlobFile::drop_all() {
  impl_->drop_all();
}
Result<std::uint64_t> BlobFile::advance_hash(std::uint64_t bytes_max) {
  return impl_->health().counted(impl_->advance_hash(bytes_max));
}

}  // namespace shoal::store
