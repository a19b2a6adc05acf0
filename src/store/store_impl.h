#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "store/blob_file_impl.h"
#include "store/health.h"
#include "store/index.h"
#include "store/ledger.h"
#include "store/live_blobs.h"
#include "store/missing_bytes.h"
#include "store/paths.h"
#include "store/store.h"

namespace shoal::store {

// What Store is made of. The calls have Store's contracts.
// Locks are taken in this order: a slot's turn, admitting_, a blob's life, learning_, writing_uses_. Who
// evicts holds a slot's turn and only tries those of others.
class Store::Impl {
 public:
  Impl(StoreOptions options, DataDir data_dir, std::unique_ptr<Index> index, Metrics& metrics);
  // Counts what is there and removes what no record speaks of. Call once, before all else.
  Result<void> take_stock();

  // store_catalog.cc
  Result<void> learn(std::span<const Descriptor> descriptors, const Repository& seen_in);
  Result<Known> describe(const Digest& digest) const;
  Result<SystemTime> open_since(const Repository& repository) const;
  Result<void> put_open(const Repository& repository, SystemTime checked_at);
  Result<void> remove_open(const Repository& repository);
  Result<void> put_tag(const Repository& repository, const Tag& tag, const TagRecord& record);
  Result<TagRecord> tag(const Repository& repository, const Tag& tag) const;

  // store_blobs.cc
  Result<std::shared_ptr<BlobFile>> open_blob(const Digest& digest);
  Result<std::shared_ptr<BlobFile>> create_blob(const Descriptor& descriptor);
  Result<void> discard(const Digest& digest);

  // store_commit.cc
  Result<void> checkpoint(BlobFile::Impl& blob, bool is_forced);
  bool checkpoint_due(const BlobFile::Impl& blob) const {
    return blob.unsaved_bytes() >= options_.checkpoint_bytes;
  }
  Result<void> commit(BlobFile::Impl& blob);

  // store_people.cc
  Result<void> pin(const std::string& name, const std::vector<Digest>& digests);
  Result<void> unpin(const std::string& name);
  std::vector<Pin> pins() const;
  Result<std::vector<TagEntry>> tags(std::size_t count_max) const;
  Result<void> forget_tag(const Repository& repository, const Tag& tag);
  Result<std::string> peek(const Digest& digest, std::uint64_t bytes_max) const;

  void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }
  std::vector<Digest> complete_blobs() const { return ledger_.complete(); }

  // store_room.cc
  Result<Space> space() const;
  Result<Tidied> tidy();
  Result<void> write_uses();
  Result<Tidied> collect(bool is_all);
  std::optional<Held> find(const Digest& digest) const { return ledger_.find(digest); }
  Result<void> remove(const Digest& digest);
  std::vector<Held> list(const std::optional<Digest>& after, std::size_t count_max) const {
    return ledger_.list(after, count_max);
  }

  StoreStats stats() const { return ledger_.stats(); }
  static BlobFile::Impl& impl_of(BlobFile& blob) { return *blob.impl_; }
  static const BlobFile::Impl& impl_of(const BlobFile& blob) { return *blob.impl_; }
  template <class T>
  Result<T> noted(Result<T> result) const {
    return health_.noted(std::move(result));
  }
  template <class T>
  Result<T> counted(Result<T> result) const {
    return health_.counted(std::move(result));
  }
  std::optional<Error> trouble() const { return health_.trouble(); }

 private:
  // store_catalog.cc
  Known proven(const Descriptor& descriptor) const;

  // store_blobs.cc; under the turn of the digest's slot
  Result<std::shared_ptr<BlobFile>> find_or_make(LiveBlobs::Slot& slot,
                                                 const Descriptor& descriptor);
  Result<std::shared_ptr<BlobFile>> open_complete(const Digest& digest, const PieceRecord& record);
  Result<std::shared_ptr<BlobFile>> resume(const Descriptor& descriptor, const PieceRecord& record);
  Result<std::shared_ptr<BlobFile>> begin(const Descriptor& descriptor);
  Result<DiskFile> reopen_partial(const Digest& digest) const;
  std::shared_ptr<BlobFile> make(Descriptor descriptor, DiskFile file, BlobState state,
                                 MissingBytes missing, const PieceRecord* record);
  // Under the blob's life lock.
  void demoted(BlobFile::Impl& blob);
  Result<void> take_back(BlobFile::Impl& blob);

  // store_commit.cc; under the blob's life lock
  Result<void> publish(BlobFile::Impl& blob);

  // store_people.cc
  Result<void> load_pins();

  // store_recovery.cc
  // Errors  io: the folder was removed, or its disk was taken away.
  Result<void> check_folder() const;
  // Tries whether the disk works again.   Errors  no_space, io: it does not.
  Result<void> recover();
  Result<void> start_anew();

  // store_room.cc
  // Has the ledger hold all the room that an arriving blob needs.   Errors  too_large: it does not fit; io.
  Result<MissingBytes> take_room(const Digest& digest, std::uint64_t size);
  Result<void> make_room(std::uint64_t bytes);
  // Returns  how many bytes went: fewer where the rest is in use, newer or cannot be removed.
  std::uint64_t evict(std::uint64_t bytes, SystemTime unused_since, const char* reason);
  // Returns  false where somebody uses it.
  Result<bool> remove_at_rest(const Digest& digest, const char* reason);
  // `spare`: what must be free on the disk in any case.
  Result<Tidied> tidy_up(std::uint64_t spare);
  // The records of a blob, in the index and the ledger.
  Result<void> forget(const Digest& digest);
  void tell(const Digest& digest, bool is_here) const {
    if (watcher_) watcher_(digest, is_here);
  }

  const StoreOptions options_;
  DataDir data_dir_;
  std::unique_ptr<Index> index_;
  Metrics& metrics_;
  mutable std::mutex folder_turn_;  // the folder's lock is looked at and replaced under it
  mutable Health health_;
  Ledger ledger_;
  std::atomic<std::uint64_t> unwritten_{0};  // of all blobs that are open
  LiveBlobs live_;
  Watcher watcher_;
  mutable std::mutex pinning_;  // pins_, and their records
  std::map<std::string, std::vector<Digest>> pins_;
  std::mutex admitting_;       // room is looked at, made and taken under it
  std::mutex writing_uses_;    // no blob that was used ceases to be before that is written
  bool is_stock_due_ = false;  // the folder is another one; tidy()'s alone
  std::mutex learning_;        // what is known of content is read, merged and written under it
};

// Errors  invalid_argument: a size or a media type over our limits.
Result<void> check_limits(const Descriptor& descriptor);

}  // namespace shoal::store
