#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/metrics.h"
#include "base/repository.h"
#include "base/task.h"
#include "mirror/index.h"
#include "mirror/options.h"
#include "mirror/single_flight.h"
#include "transfer/blob_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// A manifest at hand, shared by all who asked for it at once.
struct FoundManifest {
  FoundManifest(upstream::Manifest manifest_in, std::string_view source_in)
      : manifest(std::move(manifest_in)), source(source_in) {}
  upstream::Manifest manifest;
  std::string_view source;  // for log lines: disk, peer or upstream
};
using SharedManifest = std::shared_ptr<const FoundManifest>;

// Finds the content of manifests by digest: here, at a peer, at the registry; what was not here is
// stored, with all it points at.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class ManifestFinder {
 public:
  ManifestFinder(const MirrorOptions& options, Index& index, upstream::ManifestSource& upstream,
                 transfer::BlobSource& blobs, transfer::ClusterDirectory& cluster,
                 Metrics& metrics);

  // Here, else at a peer, else in `repository`. Calls for one digest and repository share one
  // fetch. Errors  those of ManifestSource::get_manifest.
  Awaitable<Result<SharedManifest>> find(Digest digest, Repository repository, std::string accept);
  // Stores what came from the registry together with the answer for a tag.
  Awaitable<SharedManifest> keep(upstream::Manifest manifest, Repository repository);
  // Here, else at a peer: for when the registry is known to be of no help.
  // Errors  not_found.
  Awaitable<Result<SharedManifest>> find_nearby(Digest digest, Repository repository);

 private:
  Awaitable<Result<SharedManifest>> find_anywhere(Digest digest, Repository repository,
                                                  std::string accept);
  Awaitable<Result<upstream::Manifest>> from_peers(Digest digest);
  Awaitable<Result<std::string>> read_whole(std::shared_ptr<transfer::BlobHandle> handle);

  const MirrorOptions& options_;
  Index& index_;
  upstream::ManifestSource& upstream_;
  transfer::BlobSource& blobs_;
  transfer::ClusterDirectory& cluster_;
  Metrics& metrics_;
  SingleFlight<SharedManifest> flights_;
};

// How long a request waits for a manifest that another one is fetching.
inline constexpr std::chrono::milliseconds kSharedFetchWaitMax{60000};

}  // namespace shoal::mirror
