#pragma once

#include <memory>
#include <mutex>
#include <span>

#include "store/blob_file_impl.h"
#include "store/index.h"
#include "store/live_blobs.h"
#include "store/noted.h"
#include "store/paths.h"
#include "store/store.h"
#include "store/tally.h"

namespace shoal::store {

// What Store is made of. The calls have Store's contracts.
// Locks are taken in this order: a slot's turn, a blob's life, learning_.
class Store::Impl {
 public:
  Impl(StoreOptions options, DataDir data_dir, std::unique_ptr<Index> index, Metrics& metrics);
  // Counts what is there and removes what no record speaks of. Call once, before all else.
  Result<void> take_stock();

  // store_catalog.cc
  Result<void> learn(std::span<const Descriptor> descriptors, const Repository& seen_in);
  Result<Known> describe(const Digest& digest) const;
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

  void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }
  Result<std::vector<Digest>> complete_blobs() const { return index_->complete_blobs(); }

  StoreStats stats() const { return tally_.stats(); }
  static BlobFile::Impl& impl_of(BlobFile& blob) { return *blob.impl_; }
  static const BlobFile::Impl& impl_of(const BlobFile& blob) { return *blob.impl_; }
  template <class T>
  Result<T> noted(Result<T> result) const {
    return store::noted(metrics_, std::move(result));
  }

 private:
  // store_catalog.cc
  Known proven(const Descriptor& descriptor) const;

  // store_blobs.cc; under the turn of the digest's slot
  Result<std::shared_ptr<BlobFile>> find_or_make(LiveBlobs::Slot& slot,
                                                 const Descriptor& descriptor);
  Result<std::shared_ptr<BlobFile>> open_complete(const Digest& digest, const PieceRecord& record);
  Result<std::shared_ptr<BlobFile>> resume(const Descriptor& descriptor, const PieceRecord& record);
  Result<std::shared_ptr<BlobFile>> begin(const Descriptor& descriptor, bool is_counted);
  Result<DiskFile> reopen_partial(const Digest& digest) const;
  std::shared_ptr<BlobFile> make(Descriptor descriptor, DiskFile file, BlobState state,
                                 const PieceRecord* record);
  void mark_used(const Digest& digest);
  // Under the blob's life lock.
  void demoted(BlobFile::Impl& blob);

  // store_commit.cc; under the blob's life lock
  Result<void> publish(BlobFile::Impl& blob);

  void tell(const Digest& digest, bool is_here) const {
    if (watcher_) watcher_(digest, is_here);
  }

  const StoreOptions options_;
  DataDir data_dir_;
  std::unique_ptr<Index> index_;
  Metrics& metrics_;
  Tally tally_;
  LiveBlobs live_;
  Watcher watcher_;
  std::mutex learning_;  // what is known of content is read, merged and written under it
};

// Errors  invalid_argument: a size or a media type over our limits.
Result<void> check_limits(const Descriptor& descriptor);

}  // namespace shoal::store
