#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/repository.h"
#include "mirror/errors.h"
#include "mirror/route.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// Which repository of which registry a request is about. In this order:
//   1. `ns`, the registry containerd names in the query;
//   2. a repository the digest was seen in, if the path names it;
//   3. a registry in the path's first component;
//   4. any repository the digest was seen in, most recent first;
//   5. the configured default.
// `seen_in` is empty for a tag.
// Errors  404 NAME_INVALID: `ns` or the name cannot be; NAME_UNKNOWN: nothing says which registry.
tl::expected<Repository, ApiError> choose_repository(
    const PathName& name, std::optional<std::string_view> ns,
    const std::vector<Repository>& seen_in, const std::optional<RegistryName>& default_registry);

// The same, of those that the configuration lets us ask.
// Errors  also those of refusal_of().
tl::expected<Repository, ApiError> choose_permitted(
    const PathName& name, std::optional<std::string_view> ns,
    const std::vector<Repository>& seen_in, const std::optional<RegistryName>& default_registry,
    const upstream::ManifestSource& upstream);

// Whether content that is here must not be served either, after choose_permitted() failed. Where merely
// nobody can be asked for it, a digest is name enough.
bool forbids_content_here(const ApiError& refusal);

}  // namespace shoal::mirror
