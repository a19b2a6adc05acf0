#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mirror/index.h"
#include "mirror/manifest_finder.h"
#include "mirror/options.h"
#include "mirror/single_flight.h"
#include "transfer/blob_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// The manifest a tag points at.
struct TagAnswer {
  explicit TagAnswer(SharedManifest manifest_in) : manifest(std::move(manifest_in)) {}
  SharedManifest manifest;
  // Set where the registry could not be asked: how old the answer is.
  std::optional<std::chrono::seconds> stale_age;
};

// Answers "what does this tag point at", and only with manifests that are at hand: a digest whose
// content cannot be had would make a client fail where it could have gone elsewhere.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class TagResolver {
 public:
  TagResolver(const MirrorOptions& options, Index& index, ManifestFinder& finder,
              upstream::ManifestSource& upstream, transfer::ClusterDirectory& cluster);

  // A fresh enough answer we have, else the registry's, else (where the registry is no help) the
  // freshest one that this node or a peer remembers and has the content of. Calls for one tag share
  // the work.
  // Errors  those of ManifestSource::head_manifest and get_manifest.
  Awaitable<Result<TagAnswer>> resolve(Repository repository, Tag tag, std::string accept);

 private:
  Awaitable<Result<TagAnswer>> ask(Repository repository, Tag tag, std::string accept);
  Awaitable<Result<TagAnswer>> ask_upstream(Repository repository, Tag tag, std::string accept);
  Awaitable<Result<TagAnswer>> recall(Repository repository, Tag tag, Error why);
  Awaitable<std::optional<store::TagRecord>> fresh_record(Repository repository, Tag tag);
  // What this node and the peers remember, freshest first.
  Awaitable<std::vector<store::TagRecord>> remembered(Repository repository, Tag tag);

  const MirrorOptions& options_;
  Index& index_;
  ManifestFinder& finder_;
  upstream::ManifestSource& upstream_;
  transfer::ClusterDirectory& cluster_;
  SingleFlight<TagAnswer> flights_;
};

}  // namespace shoal::mirror
