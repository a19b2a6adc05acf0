#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "base/metrics.h"
#include "base/task.h"
#include "http/server.h"
#include "mirror/gate.h"
#include "mirror/index.h"
#include "mirror/manifest_finder.h"
#include "mirror/options.h"
#include "mirror/route.h"
#include "mirror/tag_resolver.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// GET and HEAD /v2/<name>/manifests/<reference>.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class Manifests {
 public:
  Manifests(const MirrorOptions& options, Index& index, ManifestFinder& finder, TagResolver& tags,
            Gate& gate, const upstream::ManifestSource& upstream, Metrics& metrics)
      : options_(options),
        index_(index),
        finder_(finder),
        tags_(tags),
        gate_(gate),
        upstream_(upstream),
        metrics_(metrics) {}

  Awaitable<void> serve(ManifestRoute route, const http::Request& request,
                        http::Responder& responder);

 private:
  using Answer = tl::expected<TagAnswer, ApiError>;
  Awaitable<Answer> by_tag(PathName name, Tag tag, const http::Request& request);
  Awaitable<Answer> by_digest(PathName name, Digest digest, const http::Request& request);
  // What is said of content that could not be had.
  Awaitable<Answer> unavailable(Wish wish, Error why);
  Awaitable<void> send(TagAnswer answer, const http::Request& request, http::Responder& responder);

  const MirrorOptions& options_;
  Index& index_;
  ManifestFinder& finder_;
  TagResolver& tags_;
  Gate& gate_;
  const upstream::ManifestSource& upstream_;
  Metrics& metrics_;
};

}  // namespace shoal::mirror
