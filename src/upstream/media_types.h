#pragma once

namespace shoal::upstream {

// The Accept header for manifests of all kinds, unknown ones too.
inline constexpr const char* kManifestTypes =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json, */*";

}  // namespace shoal::upstream
