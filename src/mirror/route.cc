#include "mirror/route.h"

namespace shoal::mirror {
namespace {

constexpr std::string_view kRoot = "/v2/";

// Cuts the last path component off `path`: "a/b/c" becomes "a/b" and "c" is returned.
std::string_view take_last(std::string_view& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    const std::string_view last = path;
    path = {};
    return last;
  }
  const std::string_view last = path.substr(slash + 1);
  path = path.substr(0, slash);
  return last;
}

// A repository's own first component has no ':' and rarely a '.': the rule all image references
// use.
bool looks_like_registry(std::string_view component) {
  return component == "localhost" || component.find_first_of(".:") != std::string_view::npos;
}

std::optional<PathName> parse_name(std::string_view text) {
  PathName name;
  if (auto plain = RepositoryName::parse(text)) name.plain = std::move(*plain);
  const auto slash = text.find('/');
  if (slash != std::string_view::npos && looks_like_registry(text.substr(0, slash))) {
    auto registry = RegistryName::parse(text.substr(0, slash));
    auto rest = RepositoryName::parse(text.substr(slash + 1));
    if (registry && rest) name.with_registry.emplace(std::move(*registry), std::move(*rest));
  }
  if (!name.plain && !name.with_registry) return std::nullopt;
  return name;
}

ApiError unsupported(std::string message) {
  return ApiError(404, "UNSUPPORTED", std::move(message));
}

Route manifest_route(PathName name, std::string_view reference_text) {
  auto reference = parse_reference(reference_text);
  if (!reference) {
    return ApiError(
        404, "MANIFEST_UNKNOWN",
        "the manifest's reference is neither a tag nor a digest: " + reference.error().message);
  }
  return ManifestRoute(std::move(name), std::move(*reference));
}

Route blob_route(PathName name, std::string_view digest_text) {
  auto digest = Digest::parse(digest_text);
  if (!digest) return ApiError(404, "DIGEST_INVALID", digest.error().message);
  return BlobRoute(std::move(name), std::move(*digest));
}

Route referrers_route(PathName name, std::string_view digest_text) {
  auto digest = Digest::parse(digest_text);
  if (!digest) return ApiError(400, "DIGEST_INVALID", digest.error().message);
  return ReferrersRoute(std::move(name), std::move(*digest));
}

}  // namespace

Route parse_route(std::string_view method, std::string_view path) {
  if (method != "GET" && method != "HEAD") {
    return ApiError(405, "UNSUPPORTED", "this is a mirror: it answers GET and HEAD only");
  }
  if (path.empty()) {
    return ApiError(400, "NAME_INVALID", "the path's percent-encoding is broken");
  }
  if (path == kRoot || path == kRoot.substr(0, kRoot.size() - 1)) return BaseRoute{};
  if (!path.starts_with(kRoot)) return unsupported("paths of the registry API begin with /v2/");

  std::string_view rest = path.substr(kRoot.size());
  const std::string_view last = take_last(rest);
  const std::string_view kind = take_last(rest);
  const bool tags = kind == "tags" && last == "list";
  if (kind != "manifests" && kind != "blobs" && kind != "referrers" && !tags) {
    return unsupported("the registry API has no such path, or a mirror does not serve it");
  }
  auto name = parse_name(rest);
  if (!name) return ApiError(404, "NAME_INVALID", "the path holds no valid repository name");
  if (tags) return TagsRoute(std::move(*name));
  if (kind == "referrers") return referrers_route(std::move(*name), last);
  return kind == "manifests" ? manifest_route(std::move(*name), last)
                             : blob_route(std::move(*name), last);
}

}  // namespace shoal::mirror
