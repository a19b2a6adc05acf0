#include "mirror/registry_choice.h"

#include <algorithm>
#include <string>

namespace shoal::mirror {
namespace {

tl::unexpected<ApiError> refuse(std::string_view code, std::string message) {
  return tl::unexpected<ApiError>(ApiError(404, code, std::move(message)));
}

tl::expected<Repository, ApiError> named_by_query(const PathName& name, std::string_view ns) {
  auto registry = RegistryName::parse(ns);
  if (!registry) return refuse("NAME_INVALID", "ns: " + registry.error().message);
  if (!name.plain) {
    return refuse("NAME_INVALID", "with ns, the path must hold the repository's name alone");
  }
  return Repository(std::move(*registry), *name.plain);
}

}  // namespace

tl::expected<Repository, ApiError> choose_repository(
    const PathName& name, std::optional<std::string_view> ns,
    const std::vector<Repository>& seen_in, const std::optional<RegistryName>& default_registry) {
  if (ns) return named_by_query(name, *ns);
  const auto named_by_path = [&name](const Repository& seen) {
    return (name.plain && seen.name == *name.plain) || seen == name.with_registry;
  };
  const auto same = std::find_if(seen_in.begin(), seen_in.end(), named_by_path);
  if (same != seen_in.end()) return *same;
  if (name.with_registry) return *name.with_registry;
  if (!seen_in.empty()) return seen_in.front();
  if (default_registry && name.plain) return Repository(*default_registry, *name.plain);
  return refuse("NAME_UNKNOWN",
                "the request names no registry: add ?ns=<registry> as containerd does, put the "
                "registry in front of the repository's name, or configure a default registry");
}

tl::expected<Repository, ApiError> choose_permitted(
    const PathName& name, std::optional<std::string_view> ns,
    const std::vector<Repository>& seen_in, const std::optional<RegistryName>& default_registry,
    const upstream::ManifestSource& upstream) {
  auto repository = choose_repository(name, ns, seen_in, default_registry);
  if (!repository) return repository;
  auto refusal = refusal_of(upstream.access(*repository), *repository);
  if (refusal) return tl::unexpected<ApiError>(std::move(*refusal));
  return repository;
}

bool forbids_content_here(const ApiError& refusal) {
  return refusal.status == 403;
}

}  // namespace shoal::mirror
