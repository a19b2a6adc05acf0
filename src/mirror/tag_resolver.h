#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"
#include "mirror/access_memory.h"
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
  upstream::PassedHeaders headers;  // what the registry said with it
};

// Answers "what does this tag point at", and only with manifests that are at hand: a digest whose
// content cannot be had would make a client fail where it could have gone elsewhere.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class TagResolver {
 public:
  TagResolver(const MirrorOptions& options, Index& index, ManifestFinder& finder,
              upstream::ManifestSource& upstream, transfer::ClusterDirectory& cluster,
              const AccessMemory& access);

  // A fresh enough answer we have, else the registry's; where that is slow, one that this node or a peer
  // had from it a moment ago; where it is no help, the freshest one that this node or a peer remembers
  // and has the content of. Calls for one tag share the work.
  // Errors  those of ManifestSource::head_manifest and get_manifest.
  Awaitable<Result<TagAnswer>> resolve(Repository repository, Tag tag, std::string accept);
  // Waits until upstream has answered all that it was asked, at the longest until `deadline`.
  Awaitable<void> settle(SteadyTime deadline);

 private:
  Awaitable<Result<TagAnswer>> ask(Repository repository, Tag tag, std::string accept);
  // What upstream said, or will have said.
  struct Asking;
  Awaitable<void> ask_in_background(std::shared_ptr<Asking> asking, Repository repository, Tag tag,
                                    std::string accept);
  // Upstream's answer, or a recent one from nearby where that takes long.
  Awaitable<Result<TagAnswer>> ask_patiently(Repository repository, Tag tag, std::string accept);
  Awaitable<Result<TagAnswer>> ask_upstream(Repository repository, Tag tag, std::string accept);
  // The content of what the registry answered.
  Awaitable<Result<SharedManifest>> manifest_of(upstream::ManifestHead head, Repository repository,
                                                std::string accept);
  Awaitable<Result<TagAnswer>> recall(Repository repository, Tag tag, Error why);
  // Of records that are no older than options_.recent_answer.
  Awaitable<std::optional<TagAnswer>> recall_recent(Repository repository, Tag tag);
  Awaitable<std::optional<store::TagRecord>> fresh_record(Repository repository, Tag tag);
  // What this node and the peers remember, freshest first.
  Awaitable<std::vector<store::TagRecord>> remembered(Repository repository, Tag tag);

  const MirrorOptions& options_;
  Index& index_;
  ManifestFinder& finder_;
  upstream::ManifestSource& upstream_;
  transfer::ClusterDirectory& cluster_;
  const AccessMemory& access_;
  SingleFlight<TagAnswer> flights_;
  std::size_t asking_ = 0;  // in the background
};

}  // namespace shoal::mirror
