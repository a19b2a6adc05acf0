// Blobs coming into being: opened, resumed, begun, forgotten.

#include <fcntl.h>

#include <string>
#include <tuple>

#include <spdlog/common.h>

#include "base/log.h"
#include "store/store_impl.h"

namespace shoal::store {
namespace {

SystemTime now() {
  return std::chrono::system_clock::now();
}

// For writing too, since a piece may turn out bad and come anew, unless the file system is read-only.
Result<DiskFile> open_to_read(const std::filesystem::path& path) {
  auto file = DiskFile::open(path, O_RDWR);
  if (file || file.error().code != Errc::io) return file;
  return DiskFile::open(path, O_RDONLY);
}

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
                                            MissingBytes missing, const PieceRecord* record) {
  BlobFile::Impl::Hooks hooks;
  hooks.demoted = [this](BlobFile::Impl& blob) { demoted(blob); };
  hooks.closed = [this, opening = ledger_.opened(descriptor.digest)](BlobFile::Impl& blob) {
    ledger_.closed(blob.descriptor().digest, opening, occupied_by(blob.bytes_present()), now());
  };
  auto impl = std::make_unique<BlobFile::Impl>(std::move(descriptor), options_.piece_bytes,
                                               std::move(file), state, std::move(missing), metrics_,
                                               health_, std::move(hooks));
  if (record != nullptr) impl->adopt(*record);
  return std::shared_ptr<BlobFile>(new BlobFile(std::move(impl)));
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
  ledger_.used(digest, now());
  return blob;
}

Result<std::shared_ptr<BlobFile>> Store::Impl::open_complete(const Digest& digest,
                                                             const PieceRecord& record) {
  const auto path = data_dir_.blob(digest);
  auto file = open_to_read(path);
  if (!file && file.error().code != Errc::not_found) return fail(std::move(file.error()));
  if (!file) {
    if (auto there = check_folder(); !there) return fail(std::move(there.error()));
  }
  const Result<std::uint64_t> size = file ? file->size() : 0;
  if (!size) return fail(size.error());
  if (!file || *size != record.size) {
    tell(digest, false);
    if (auto done = forget(digest); !done) return fail(std::move(done.error()));
    const std::string why = path.string() + (file ? " has the wrong size" : " is gone");
    metrics_.store_errors.Increment();
    LogLine(spdlog::level::warn, "blob forgotten").field("why", why).write();
    return fail(Errc::not_found, why);
  }
  const auto known = index_->known(digest);
  Descriptor descriptor(digest, record.size, known ? known->descriptor.media_type : "");
  // One whose note of use was lost takes room all the same.
  if (!ledger_.find(digest)) {
    ledger_.put(digest, Ledger::Blob{true, record.size, occupied_by(record.size), now()});
  }
  return make(std::move(descriptor), std::move(*file), BlobState::complete,
              MissingBytes(unwritten_, 0), &record);
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
  if ((*blob)->complete()) ledger_.used(descriptor.digest, now());
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
  // The rest is writing.
  if (auto refusal = health_.refusal()) return fail(std::move(*refusal));
  auto partial = index_->partial(digest);
  if (partial) {
    auto same = check_same_size(descriptor, partial->size);
    if (!same) return fail(std::move(same.error()));
    auto resumed = resume(descriptor, *partial);
    if (resumed || resumed.error().code != Errc::not_found) return resumed;
  } else if (partial.error().code != Errc::not_found) {
    return fail(std::move(partial.error()));
  }
  return begin(descriptor);
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
  auto missing = take_room(descriptor.digest, descriptor.size);
  if (!missing) return fail(std::move(missing.error()));
  return make(descriptor, std::move(*file), BlobState::arriving, std::move(*missing), &record);
}

Result<std::shared_ptr<BlobFile>> Store::Impl::begin(const Descriptor& descriptor) {
  auto missing = take_room(descriptor.digest, descriptor.size);
  if (!missing) return fail(std::move(missing.error()));
  const auto path = data_dir_.partial(descriptor.digest);
  auto file = DiskFile::open(path, O_RDWR | O_CREAT | O_TRUNC);
  auto done = file ? file->resize(descriptor.size) : fail(file.error());
  if (done) {
    auto blob =
        make(descriptor, std::move(*file), BlobState::arriving, std::move(*missing), nullptr);
    done = index_->put_partial(descriptor.digest, blob->impl_->table().record(), Durability::lazy);
    if (done) return blob;
  }
  std::ignore = remove_file(path);
  ledger_.remove(descriptor.digest);
  return fail(std::move(of_disk(done).error()));
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
  if (auto done = forget(digest); !done) return done;
  // Where the file may lie if it was about to be, or had been, complete.
  if (auto done = remove_file(data_dir_.blob(digest)); !done) return done;
  return remove_file(data_dir_.partial(digest));
}

Result<void> Store::Impl::take_back(BlobFile::Impl& blob) {
  const Descriptor& descriptor = blob.descriptor();
  const std::scoped_lock writing(writing_uses_);
  ledger_.put(descriptor.digest,
              Ledger::Blob{false, descriptor.size, occupied_by(descriptor.size), now()});
  return index_->put_partial(descriptor.digest, blob.table().record(), Durability::synced);
}

void Store::Impl::demoted(BlobFile::Impl& blob) {
  const Digest& digest = blob.descriptor().digest;
  tell(digest, false);
  // First the record: a crash after it leaves a file that create_blob() finds.
  auto done = noted(take_back(blob));
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
