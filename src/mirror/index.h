#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clocks.h"
#include "base/task.h"
#include "store/store.h"
#include "transfer/blob_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// What this node knows of some content.
struct LocalBlob {
  LocalBlob() = default;  // not an aggregate: GCC 12.2 destroys those twice in coroutines

  std::optional<store::Known> known;      // not set: nothing
  std::shared_ptr<store::BlobFile> file;  // set: all of it is here, and stays while this is held
};

struct LocalManifest {
  LocalManifest() = default;  // likewise

  std::vector<Repository> seen_in;
  // Errors  not_found: not here, or too large for a manifest; corrupt; io.
  Result<upstream::Manifest> manifest = fail(Errc::not_found, "not looked for");
};

// The store as the mirror's coroutines see it: every call runs on the disk pool and resumes on the
// caller's executor. Failing to remember something costs a look-up later, so it is logged, not
// returned.
// Lifetime  the store and the pool outlive it.
class Index {
 public:
  Index(store::Store& store, asio::thread_pool& disk_pool) : store_(store), pool_(disk_pool) {}

  Awaitable<LocalBlob> find_blob(Digest digest);
  Awaitable<LocalManifest> find_manifest(Digest digest);

  // Notes that content was seen in a repository.
  Awaitable<void> learn(Descriptor descriptor, Repository seen_in);
  // Stores a manifest and learns its children. Returns it with the media type it is to be served
  // as.
  Awaitable<upstream::Manifest> keep_manifest(upstream::Manifest manifest, Repository seen_in);

  // The bytes of an extent; its file stays open meanwhile.
  // Errors  io.
  Awaitable<Result<std::string>> read_extent(transfer::Extent extent);

  // When upstream last let anybody read the repository.
  Awaitable<std::optional<SystemTime>> open_since(Repository repository);
  // `checked_at`: nothing where it does not any more.
  Awaitable<void> put_open(Repository repository, std::optional<SystemTime> checked_at);

  Awaitable<std::optional<store::TagRecord>> tag(Repository repository, Tag tag);
  Awaitable<void> put_tag(Repository repository, Tag tag, store::TagRecord record);

 private:
  store::Store& store_;
  asio::thread_pool& pool_;
};

// The media type to serve a manifest as: the claimed one if it is usable and says more than
// "bytes", else what the content says of itself, else an OCI image manifest.
std::string served_media_type(const std::string& claimed, std::string_view content);

}  // namespace shoal::mirror
