// Blobs coming into being: opened, resumed, begun, forgotten.

#include <fcntl.h>

#include <string>
#include <tuple>

#include <spdlog/common.h>

#include "base/log.h"
#include "store/store_impl.h"

namespace shoal::store {
namespace {

tl::unexpected<Error> not_here(const Digest& digest) {
  return fail(Errc::not_found, "blob " + digest.text() + " is not in the store");
}

Result<void> check_same_size(const Descriptor& wanted, std::uint64_t size) {
  if (wanted.size == size) return {};
  return fail(Errc::invalid_argument, "blob " + wanted.digest.text() + " has " +
                                          std::to_string(size) + " bytes in the store, not " +
                                          std::to_string(wanted.size));
}

}  // namespace

std::shared_ptr<BlobFile> Store::Impl::make(Descriptor descriptor, DiskFile file, BlobState state,
                                            const PieceRecord* record) {
  auto impl =
      std::make_unique<BlobFile::Impl>(std::move(descriptor), options_.piece_bytes, std::move(file),
                                       state, metrics_, [this](auto& blob) { demoted(blob); });
  if (record != nullptr) impl->adopt(*record);
  return std::shared_ptr<BlobFile>(new BlobFile(std::move(impl)));
}

// When a blob was used only guides eviction: a reader gets it though the note of it may fail.
void Store::Impl::mark_used(const Digest& digest) {
  std::ignore = noted(index_->put_used(digest, std::chrono::system_clock::now()));
}

Result<std::shared_ptr<BlobFile>> Store::Impl::open_blob(const Digest& digest) {
  const auto slot = live_.slot(digest);
  const std::scoped_lock turn(slot->turn);
  auto blob = slot->blob.lock();
  if (blob && !blob->complete()) return not_here(digest);
  if (!blob) {
    auto record = index_->complete(digest);
    if (!record && record.error().code == Errc::not_found) return not_here(digest);
    if (!record) return fail(std::move(record.error()));
    auto opened = open_complete(digest, *record);
    if (!opened) return opened;
    blob = std::move(*opened);
    slot->blob = blob;
  }
  mark_used(digest);
  return blob;
}

Result<std::shared_ptr<BlobFile>> Store::Impl::open_complete(const Digest& digest,
                                                             const PieceRecord& record) {
  const auto path = data_dir_.blob(digest);
  auto file = DiskFile::open(path, O_RDWR);
  if (!file && file.error().code != Errc::not_found) return fail(std::move(file.error()));
  const Result<std::uint64_t> size = file ? file->size() : 0;
  if (!size) return fail(size.error());
  if (!file || *size != record.size) {
    tally_.remove_complete(record.size);
    tell(digest, false);
    if (auto done = index_->remove_blob(digest); !done) return fail(std::move(done.error()));
    return fail(Errc::io, path.string() + (file ? " has the wrong size" : " is gone") +
                              ": the blob is forgotten");
  }
  const auto known = index_->known(digest);
  Descriptor descriptor(digest, record.size, known ? known->descriptor.media_type : "");
  return make(std::move(descriptor), std::move(*file), BlobState::complete, &record);
}

Result<std::shared_ptr<BlobFile>> Store::Impl::create_blob(const Descriptor& descriptor) {
  if (auto within = check_limits(descriptor); !within) return fail(std::move(within.error()));
  const auto slot = live_.slot(descriptor.digest);
  const std::scoped_lock turn(slot->turn);
  auto blob = find_or_make(*slot, descriptor);
  if (!blob) return blob;
  auto same = check_same_size(descriptor, (*blob)->descriptor().size);
  if (!same) return fail(std::move(same.error()));
  slot->blob = *blob;
  if ((*blob)->complete()) mark_used(descriptor.digest);
  return blob;
}

Result<std::shared_ptr<BlobFile>> Store::Impl::find_or_make(LiveBlobs::Slot& slot,
                                                            const Descriptor& descriptor) {
  if (auto blob = slot.blob.lock()) return blob;
  const Digest& digest = descriptor.digest;
  auto complete = index_->complete(digest);
  if (complete) {
    auto opened = open_complete(digest, *complete);
    // One whose file was lost is forgotten now, and begins again below.
    if (opened || index_->complete(digest)) return opened;
  } else if (complete.error().code != Errc::not_found) {
    return fail(std::move(complete.error()));
  }
  auto partial = index_->partial(digest);
  if (partial) {
    auto same = check_same_size(descriptor, partial->size);
    if (!same) return fail(std::move(same.error()));
    auto resumed = resume(descriptor, *partial);
    if (resumed || resumed.error().code != Errc::not_found) return resumed;
  } else if (partial.error().code != Errc::not_found) {
    return fail(std::move(partial.error()));
  }
  return begin(descriptor, partial.has_value());
}

// The file lies among the complete blobs if an earlier run ended between moving it and saying so in
// the index, or just after its record was taken back.
Result<DiskFile> Store::Impl::reopen_partial(const Digest& digest) const {
  auto file = DiskFile::open(data_dir_.partial(digest), O_RDWR);
  if (file || file.error().code != Errc::not_found) return file;
  if (auto moved = data_dir_.move_out(digest); !moved) return fail(std::move(moved.error()));
  return DiskFile::open(data_dir_.partial(digest), O_RDWR);
}

Result<std::shared_ptr<BlobFile>> Store::Impl::resume(const Descriptor& descriptor,
                                                      const PieceRecord& record) {
  auto file = reopen_partial(descriptor.digest);
  if (!file) return fail(std::move(file.error()));
  // A file of another size had its end cut off, say; what is missing fails its checksum.
  if (auto sized = file->resize(descriptor.size); !sized) return fail(std::move(sized.error()));
  return make(descriptor, std::move(*file), BlobState::arriving, &record);
}

Result<std::shared_ptr<BlobFile>> Store::Impl::begin(const Descriptor& descriptor,
                                                     bool is_counted) {
  const auto path = data_dir_.partial(descriptor.digest);
  auto file = DiskFile::open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return fail(std::move(file.error()));
  auto done = file->resize(descriptor.size);
  auto blob = make(descriptor, std::move(*file), BlobState::arriving, nullptr);
  if (done) {
    done = index_->put_partial(descriptor.digest, blob->impl_->table().record(), Durability::lazy);
  }
  if (!done) {
    std::ignore = remove_file(path);
    return fail(std::move(done.error()));
  }
  if (!is_counted) tally_.add_partial(1);
  return blob;
}

Result<void> Store::Impl::discard(const Digest& digest) {
  const auto slot = live_.slot(digest);
  const std::scoped_lock turn(slot->turn);
  if (const auto blob = slot->blob.lock()) {
    const std::scoped_lock life(blob->impl_->life());
    if (blob->complete()) return {};
    blob->impl_->become(BlobState::discarded);
    slot->blob.reset();
  }
  auto partial = index_->partial(digest);
  if (!partial) {
    return partial.error().code == Errc::not_found ? Result<void>() : fail(partial.error());
  }
  if (auto done = index_->remove_blob(digest); !done) return done;
  tally_.remove_partial();
  // Where the file may lie if it was about to be, or had been, complete.
  if (auto done = remove_file(data_dir_.blob(digest)); !done) return done;
  return remove_file(data_dir_.partial(digest));
}

void Store::Impl::demoted(BlobFile::Impl& blob) {
  const Digest& digest = blob.descriptor().digest;
  tally_.remove_complete(blob.descriptor().size);
  tally_.add_partial(1);
  tell(digest, false);
  // First the record: a crash after it leaves a file that create_blob() finds.
  auto done = noted(index_->put_partial(digest, blob.table().record(), Durability::synced));
  if (done) {
    done = noted(data_dir_.move_out(digest));
    blob.in_place() = !done;
  }
  if (done) done = noted(data_dir_.sync_moves(digest));
  if (done) return;
  LogLine(spdlog::level::err, "corrupt blob not taken out of the store on disk")
      .field("digest", digest.text())
      .field("why", done.error().message)
      .write();
}

}  // namespace shoal::store
