#include "store/store.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/store_impl.h"

namespace shoal::store {
namespace {

std::uint64_t bytes_of(const PieceRecord& record) {
  const auto present =
      static_cast<std::uint64_t>(std::count(record.present.begin(), record.present.end(), true));
  if (present == 0) return 0;
  // As if all were of the same size: the last one may be smaller.
  return record.size / record.present.size() * present;
}

}  // namespace

Store::Impl::Impl(StoreOptions options, DataDir data_dir, std::unique_ptr<Index> index,
                  Metrics& metrics)
    : options_(std::move(options)),
      data_dir_(std::move(data_dir)),
      index_(std::move(index)),
      metrics_(metrics),
      health_(metrics, options_.probe_delay),
      ledger_(metrics) {}

// A part of a blob has no note of its use: its file says when its last byte came.
Result<void> Store::Impl::take_stock() {
  auto complete = index_->each_complete([&](const Digest& digest, const UseRecord& use) {
    ledger_.load(digest, Ledger::Blob{true, use.size, use.occupied, use.used_at});
  });
  if (!complete) return complete;
  auto partial = index_->each_partial([&](const Digest& digest, const PieceRecord& record) {
    const auto changed_at = modified_at(data_dir_.partial(digest));
    ledger_.load(digest, Ledger::Blob{false, record.size, occupied_by(bytes_of(record)),
                                      changed_at ? *changed_at : SystemTime()});
  });
  if (!partial) return partial;
  if (auto pins = load_pins(); !pins) return pins;
  ledger_.settle();
  return data_dir_.sweep_partials([&](const Digest& digest) {
    const auto record = index_->partial(digest);
    return record || record.error().code != Errc::not_found;
  });
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Metrics& metrics) {
  auto data_dir = DataDir::open(options.data_dir, options.piece_bytes);
  if (!data_dir) return fail(std::move(data_dir.error()));
  auto index = Index::open(data_dir->index(), options.piece_bytes, metrics);
  if (!index) return fail(std::move(index.error()));
  auto impl =
      std::make_unique<Impl>(std::move(options), std::move(*data_dir), std::move(*index), metrics);
  if (auto done = impl->take_stock(); !done) return fail(std::move(done.error()));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

std::optional<Error> Store::trouble() const {
  return impl_->trouble();
}

Result<void> Store::learn(const Descriptor& descriptor, const Repository& seen_in) {
  return impl_->noted(impl_->learn(std::span(&descriptor, 1), seen_in));
}

Result<void> Store::learn(const std::vector<Descriptor>& descriptors, const Repository& seen_in) {
  return impl_->noted(impl_->learn(descriptors, seen_in));
}

Result<Known> Store::describe(const Digest& digest) const {
  return impl_->counted(impl_->describe(digest));
}

Result<std::shared_ptr<BlobFile>> Store::open_blob(const Digest& digest) {
  return impl_->noted(impl_->open_blob(digest));
}

Result<std::shared_ptr<BlobFile>> Store::create_blob(const Descriptor& descriptor) {
  return impl_->noted(impl_->create_blob(descriptor));
}

Result<void> Store::checkpoint(BlobFile& blob, bool force) {
  return impl_->noted(impl_->checkpoint(Impl::impl_of(blob), force));
}

bool Store::checkpoint_due(const BlobFile& blob) const {
  return impl_->checkpoint_due(Impl::impl_of(blob));
}

Result<void> Store::commit(BlobFile& blob) {
  return impl_->noted(impl_->commit(Impl::impl_of(blob)));
}

Result<void> Store::discard(const Digest& digest) {
  return impl_->noted(impl_->discard(digest));
}

Result<void> Store::put(const Descriptor& descriptor, std::string_view content,
                        const Repository& seen_in) {
  if (auto within = check_limits(descriptor); !within) return within;
  if (content.size() != descriptor.size ||
      hash_of(descriptor.digest.algorithm(), as_bytes(content)) != descriptor.digest) {
    return fail(Errc::corrupt, "the content given does not match " + descriptor.digest.text());
  }
  auto blob = create_blob(descriptor);
  if (!blob && blob.error().code == Errc::invalid_argument) {
    // Someone once claimed another size for it. This content is proven.
    if (auto done = discard(descriptor.digest); !done) return done;
    blob = create_blob(descriptor);
  }
  if (!blob) return fail(std::move(blob.error()));
  if (auto done = (*blob)->write(0, as_bytes(content)); !done) return done;
  for (std::uint32_t index = 0; index < (*blob)->layout().count(); ++index) {
    if (auto done = (*blob)->finish_piece(index); !done) return done;
  }
  if (auto done = commit(**blob); !done) return done;
  return learn(descriptor, seen_in);
}

Result<std::string> Store::read_all(const Digest& digest, std::uint64_t bytes_max) {
  auto blob = open_blob(digest);
  if (!blob) return fail(std::move(blob.error()));
  const std::uint64_t size = (*blob)->descriptor().size;
  if (size > bytes_max) {
    return fail(Errc::too_large, "blob " + digest.text() + " has " + std::to_string(size) +
                                     " bytes, over the limit of " + std::to_string(bytes_max));
  }
  std::string content(static_cast<std::size_t>(size), '\0');
  const auto out = std::as_writable_bytes(std::span(content.data(), content.size()));
  const auto matches = [&] { return hash_of(digest.algorithm(), out) == digest; };
  if (auto done = (*blob)->read(0, out); !done) return fail(std::move(done.error()));
  if (matches()) return content;
  // Changed on disk after its pieces were checked. A second look finds which, and drops them.
  Impl::impl_of(**blob).forget_checks();
  if (auto done = (*blob)->read(0, out); !done) return fail(std::move(done.error()));
  if (matches()) return content;
  return fail(Errc::corrupt, "blob " + digest.text() + " does not match its digest");
}

Result<void> Store::put_tag(const Repository& repository, const Tag& tag, const TagRecord& record) {
  return impl_->noted(impl_->put_tag(repository, tag, record));
}

Result<SystemTime> Store::open_since(const Repository& repository) const {
  return impl_->counted(impl_->open_since(repository));
}

Result<void> Store::put_open(const Repository& repository, SystemTime checked_at) {
  return impl_->noted(impl_->put_open(repository, checked_at));
}

Result<void> Store::remove_open(const Repository& repository) {
  return impl_->noted(impl_->remove_open(repository));
}

Result<TagRecord> Store::tag(const Repository& repository, const Tag& tag) const {
  return impl_->counted(impl_->tag(repository, tag));
}

void Store::set_watcher(Watcher watcher) {
  impl_->set_watcher(std::move(watcher));
}

std::vector<Digest> Store::complete_blobs() const {
  return impl_->complete_blobs();
}

Result<Space> Store::space() const {
  return impl_->noted(impl_->space());
}

Result<Tidied> Store::tidy() {
  return impl_->noted(impl_->tidy());
}

Result<void> Store::write_uses() {
  return impl_->noted(impl_->write_uses());
}

Result<void> Store::remove(const Digest& digest) {
  return impl_->noted(impl_->remove(digest));
}

Result<Tidied> Store::collect(bool is_all) {
  return impl_->noted(impl_->collect(is_all));
}

std::optional<Held> Store::find(const Digest& digest) const {
  return impl_->find(digest);
}

Result<void> Store::pin(const std::string& name, const std::vector<Digest>& digests) {
  return impl_->noted(impl_->pin(name, digests));
}

Result<void> Store::unpin(const std::string& name) {
  return impl_->noted(impl_->unpin(name));
}

std::vector<Pin> Store::pins() const {
  return impl_->pins();
}

Result<std::vector<TagEntry>> Store::tags(std::size_t count_max) const {
  return impl_->counted(impl_->tags(count_max));
}

Result<void> Store::forget_tag(const Repository& repository, const Tag& tag) {
  return impl_->noted(impl_->forget_tag(repository, tag));
}

Result<std::string> Store::peek(const Digest& digest, std::uint64_t bytes_max) const {
  return impl_->peek(digest, bytes_max);
}

std::vector<Held> Store::list(const std::optional<Digest>& after, std::size_t count_max) const {
  return impl_->list(after, count_max);
}

StoreStats Store::stats() const {
  return impl_->stats();
}

}  // namespace shoal::store
