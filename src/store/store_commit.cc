// Blobs becoming durable: piece by piece, and whole.

#include <string>

#include "store/store_impl.h"

namespace shoal::store {

// The order matters: state is taken, then the data of at least that state reaches the disk, then
// the index says so. A record never speaks of bytes that a crash can take away.
Result<void> Store::Impl::checkpoint(BlobFile::Impl& blob, bool is_forced) {
  std::unique_lock turn(blob.checkpoint_turn(), std::defer_lock);
  if (is_forced) {
    turn.lock();
  } else if (!checkpoint_due(blob) || !turn.try_lock()) {
    return {};
  }
  const std::uint64_t unsaved = blob.unsaved_bytes();
  const PieceRecord record = blob.table().record();
  if (auto done = blob.file().sync_data(); !done) return done;
  if (auto done = sync_folder(data_dir_.partials()); !done) return of_disk(done);
  const std::scoped_lock life(blob.life());
  if (blob.state() != BlobState::arriving) return {};
  auto done = index_->put_partial(blob.descriptor().digest, record,
                                  is_forced ? Durability::synced : Durability::lazy);
  if (done) blob.unsaved_bytes() -= unsaved;
  return done;
}

Result<void> Store::Impl::commit(BlobFile::Impl& blob) {
  if (blob.state() == BlobState::complete) return {};
  const Digest& digest = blob.descriptor().digest;
  auto whole = blob.front_hash().finish();
  if (!whole) {
    Error error = std::move(whole.error());
    return fail(error.code, "blob " + digest.text() + " cannot be completed: " + error.message);
  }
  // Before the life lock, since it may take long.
  if (whole->digest == digest) {
    if (auto done = blob.file().sync(); !done) return done;
  }
  const std::scoped_lock life(blob.life());
  if (blob.state() == BlobState::complete) return {};
  if (blob.state() == BlobState::discarded || !blob.front_hash().is_current(*whole)) {
    return fail(Errc::not_found,
                "blob " + digest.text() + " lost pieces while it was being completed");
  }
  // The pieces stay: whoever brought them knows better than the store which of them may be bad.
  if (whole->digest != digest) {
    return fail(Errc::corrupt, "the bytes that came for blob " + digest.text() +
                                   " have the digest " + whole->digest.text());
  }
  return publish(blob);
}

Result<void> Store::Impl::publish(BlobFile::Impl& blob) {
  const Descriptor& descriptor = blob.descriptor();
  if (!blob.in_place()) {
    if (auto done = data_dir_.move_in(descriptor.digest); !done) return of_disk(done);
    blob.in_place() = true;
  }
  if (auto done = data_dir_.sync_moves(descriptor.digest); !done) return of_disk(done);
  const UseRecord use{std::chrono::system_clock::now(), descriptor.size,
                      occupied_by(descriptor.size)};
  {
    const std::scoped_lock learning(learning_);
    auto done = index_->put_complete(proven(descriptor), blob.table().record(), use);
    if (!done) return done;
  }
  blob.become(BlobState::complete);
  ledger_.put(descriptor.digest, Ledger::Blob{true, use.size, use.occupied, use.used_at});
  tell(descriptor.digest, true);
  return {};
}

}  // namespace shoal::store
