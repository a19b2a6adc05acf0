#pragma once

#include <string>
#include <string_view>

namespace shoal::mirror {

inline constexpr std::string_view kOctetStream = "application/octet-stream";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";

// Whether `text` is short, has a '/', and holds nothing that could break out of a header line.
// Media types come from registries, peers and JSON: nothing else goes into a Content-Type.
bool is_media_type(std::string_view text);

// Whether content of that type is served by registries under /manifests/.
bool is_manifest_type(std::string_view media_type);

// Whether an Accept header lets a registry answer with an index: only then is its answer for a tag
// the one that everybody would get. An empty header accepts everything.
bool accepts_index(std::string_view accept);

}  // namespace shoal::mirror
