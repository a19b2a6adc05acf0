#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "loadtest/platform.h"

namespace shoal::loadtest {

// Longer manifests are refused.
inline constexpr std::uint64_t kManifestBytesMax = std::uint64_t{4} << 20;

struct IndexEntry {
  IndexEntry(Descriptor manifest_in, std::optional<Platform> platform_in)
      : manifest(std::move(manifest_in)), platform(std::move(platform_in)) {}

  Descriptor manifest;
  std::optional<Platform> platform;
};

// One image for several platforms.
struct ImageIndex {
  std::vector<IndexEntry> entries;
};

// One image: the config first, then each layer once, in the manifest's order.
struct ImageManifest {
  std::vector<Descriptor> blobs;
};

using ImageDocument = std::variant<ImageIndex, ImageManifest>;

// Reads an OCI or Docker (schema 2) index or manifest.
// Limits  kManifestBytesMax, 1000 children, 32 levels of JSON.
// Errors  protocol: what is wrong with it; too_large.
// Source  OCI image-spec 1.1, manifest.md and image-index.md.
Result<ImageDocument> parse_image_document(std::string_view json_text);

// The first entry for that platform.
// Errors  not_found, with the platforms that there are.
Result<Descriptor> choose_platform(const ImageIndex& index, const Platform& wanted);

}  // namespace shoal::loadtest
