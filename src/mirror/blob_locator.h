#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "base/descriptor.h"
#include "base/repository.h"
#include "base/task.h"
#include "mirror/errors.h"
#include "mirror/gate.h"
#include "mirror/index.h"
#include "mirror/manifest_finder.h"
#include "mirror/options.h"
#include "mirror/route.h"
#include "mirror/single_flight.h"
#include "transfer/blob_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// All it takes to open a blob.
struct LocatedBlob {
  explicit LocatedBlob(Descriptor descriptor_in) : descriptor(std::move(descriptor_in)) {}
  Descriptor descriptor;
  std::vector<Repository> hints;          // where it may be fetched, best first
  std::shared_ptr<store::BlobFile> file;  // set: all of it is here, and stays while this is held
  std::optional<Wish> wish;               // what was admitted, if the request's repository is known
};

// Finds out how large a blob is and which repositories may have it, and remembers both.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class BlobLocator {
 public:
  BlobLocator(const MirrorOptions& options, Index& index, ManifestFinder& finder, Gate& gate,
              upstream::ManifestSource& upstream, transfer::ClusterDirectory& cluster);

  using Located = tl::expected<LocatedBlob, ApiError>;
  // The size is that of the content here, else what a manifest said, else what a peer knows, else
  // what the registry answers.
  // Errors  404 where nothing says which registry, where the registry is not configured and the
  //         content is not here, and where neither peers nor the registry know the blob; 403 where
  //         the repository is left out, even of content that is here; those of Gate::refusal().
  Awaitable<Located> locate(PathName name, Digest digest, const http::Request& request);

 private:
  Awaitable<Located> locate_absent(LocalBlob local, Digest digest, Repository repository);
  Awaitable<Result<Descriptor>> find_size(Digest digest, Repository repository);
  Awaitable<Result<Descriptor>> ask_around(Digest digest, Repository repository);
  std::vector<Repository> usable_hints(const Repository* asked,
                                       const std::vector<Repository>& seen_in) const;

  const MirrorOptions& options_;
  Index& index_;
  ManifestFinder& finder_;
  Gate& gate_;
  upstream::ManifestSource& upstream_;
  transfer::ClusterDirectory& cluster_;
  SingleFlight<Descriptor> flights_;
};

}  // namespace shoal::mirror
