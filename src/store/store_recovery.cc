// A disk that failed, and works again.

#include <fcntl.h>

#include <array>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "store/store_impl.h"

namespace shoal::store {
namespace {

// More than what a full disk may have left over in blocks that belong to nobody.
constexpr std::size_t kProbeBytes = 64 * kKiB;

Result<void> write_probe(const std::filesystem::path& path) {
  static constexpr std::array<std::byte, kProbeBytes> kZeros{};
  auto file = DiskFile::open(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return fail(file.error());
  if (auto done = file->write_at(0, kZeros); !done) return done;
  return file->sync();
}

}  // namespace

Result<void> Store::Impl::check_folder() const {
  const std::scoped_lock looking(folder_turn_);
  if (data_dir_.is_in_place()) return {};
  return fail(Errc::io, "the folder " + data_dir_.folder().string() + " is gone, or another one");
}

Result<void> Store::Impl::recover() {
  if (!check_folder()) {
    const std::scoped_lock taking(folder_turn_);
    if (auto done = data_dir_.take_again(options_.piece_bytes); !done) return done;
    is_stock_due_ = true;
  }
  const auto probe = data_dir_.partials() / "probe";
  auto done = of_disk(write_probe(probe));
  std::ignore = remove_file(probe);
  if (done) done = is_stock_due_ ? start_anew() : index_->repair();
  if (done) health_.recovered();
  return done;
}

// The folder is another one. What is open stays so for who reads it, and is nothing to the store any more.
Result<void> Store::Impl::start_anew() {
  live_.each([](LiveBlobs::Slot& slot) {
    const auto blob = slot.blob.lock();
    slot.blob.reset();
    if (!blob) return;
    const std::scoped_lock life(blob->impl_->life());
    blob->impl_->become(BlobState::discarded);
  });
  const std::scoped_lock writing(writing_uses_);
  for (const Digest& digest : ledger_.complete()) tell(digest, false);
  ledger_.clear();
  auto done = index_->reopen();
  if (done) done = take_stock();
  if (!done) return done;
  is_stock_due_ = false;
  for (const Digest& digest : ledger_.complete()) tell(digest, true);
  return {};
}

}  // namespace shoal::store
