#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::mirror {

inline constexpr std::size_t kManifestChildrenMax = 10'000;
inline constexpr int kManifestDepthMax = 32;

// What a manifest says about itself and what it points at.
struct ManifestOutline {
  std::string media_type;  // as its JSON says, or as its shape tells; empty if neither does
  std::vector<Descriptor> children;  // config, layers, blobs, manifests, subject; as they come
};

// Reads the outline of an image manifest, index or artifact manifest (OCI or Docker v2; a Docker
// schema 1 manifest and other JSON objects have no children). Descriptors with a malformed digest
// or an impossible size are left out: they could not be fetched anyway. Memory stays in proportion
// to the children: other members are dropped while parsing. Errors  protocol: not a JSON object,
// nested deeper than kManifestDepthMax, or more than
//         kManifestChildrenMax children.
// Source  OCI image-spec 1.1, manifest.md, image-index.md, descriptor.md.
Result<ManifestOutline> read_outline(std::string_view content);

}  // namespace shoal::mirror
