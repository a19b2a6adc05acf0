#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "base/digest.h"
#include "base/repository.h"
#include "mirror/errors.h"

namespace shoal::mirror {

// The <name> in a request's path, in both ways it may be meant; at least one is set.
// Not an aggregate, as all that coroutines take by value: GCC 12.2 destroys those twice.
struct PathName {
  PathName() = default;

  std::optional<RepositoryName> plain;  // all of it names a repository: "library/python"
  // The first component is a registry, the rest its repository: "docker.io/library/python".
  std::optional<Repository> with_registry;
};

struct BaseRoute {};

struct ManifestRoute {
  ManifestRoute(PathName name_in, Reference reference_in)
      : name(std::move(name_in)), reference(std::move(reference_in)) {}
  PathName name;
  Reference reference;
};

struct BlobRoute {
  BlobRoute(PathName name_in, Digest digest_in)
      : name(std::move(name_in)), digest(std::move(digest_in)) {}
  PathName name;
  Digest digest;
};

struct TagsRoute {
  explicit TagsRoute(PathName name_in) : name(std::move(name_in)) {}
  PathName name;
};

struct ReferrersRoute {
  ReferrersRoute(PathName name_in, Digest subject_in)
      : name(std::move(name_in)), subject(std::move(subject_in)) {}
  PathName name;
  Digest subject;
};

using Route =
    std::variant<BaseRoute, ManifestRoute, BlobRoute, TagsRoute, ReferrersRoute, ApiError>;

// What a request asks for; an ApiError where that is nothing we serve. `path` is percent-decoded.
// Repository names contain '/', so paths are read from the right.
Route parse_route(std::string_view method, std::string_view path);

}  // namespace shoal::mirror
