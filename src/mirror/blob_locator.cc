#include "mirror/blob_locator.h"

#include <utility>

#include "mirror/media_type.h"
#include "mirror/registry_choice.h"

namespace shoal::mirror {
namespace {

// A registry need not serve a manifest as a blob.
upstream::AccessSubject subject_of(const LocalBlob& local, const Digest& digest) {
  const bool is_manifest = local.known && is_manifest_type(local.known->descriptor.media_type);
  return is_manifest ? upstream::AccessSubject::of_manifest(digest)
                     : upstream::AccessSubject::of_blob(digest);
}

}  // namespace

BlobLocator::BlobLocator(const MirrorOptions& options, Index& index, ManifestFinder& finder,
                         Gate& gate, upstream::ManifestSource& upstream,
                         transfer::ClusterDirectory& cluster)
    : options_(options),
      index_(index),
      finder_(finder),
      gate_(gate),
      upstream_(upstream),
      cluster_(cluster),
      flights_(kSharedFetchWaitMax) {}

Awaitable<BlobLocator::Located> BlobLocator::locate(PathName name, Digest digest,
                                                    const http::Request& request) {
  LocalBlob local = co_await index_.find_blob(digest);
  std::vector<Repository> seen_in;
  if (local.known) seen_in = local.known->seen_in;
  auto repository = choose_permitted(name, request.query_value("ns"), seen_in,
                                     options_.default_registry, upstream_);
  if (!repository && (options_.guards() || forbids_content_here(repository.error()))) {
    co_return tl::unexpected<ApiError>(repository.error());
  }
  if (!repository && !local.file) co_return tl::unexpected<ApiError>(repository.error());
  std::optional<Wish> wish;
  if (repository) {
    wish.emplace(*repository, subject_of(local, digest), authorization_of(request));
    wish->belongs = contains(seen_in, *repository);
    if (local.file) wish->here = local.known->descriptor;
    auto refusal = co_await gate_.refusal(*wish);
    if (refusal) co_return tl::unexpected<ApiError>(std::move(*refusal));
  }
  if (!local.file) {
    auto absent =
        co_await locate_absent(std::move(local), std::move(digest), std::move(*repository));
    if (absent) absent->wish = std::move(wish);
    co_return absent;
  }
  LocatedBlob located(std::move(local.known->descriptor));
  located.hints = usable_hints(repository ? &*repository : nullptr, seen_in);
  located.file = std::move(local.file);
  located.wish = std::move(wish);
  co_return located;
}

Awaitable<BlobLocator::Located> BlobLocator::locate_absent(LocalBlob local, Digest digest,
                                                           Repository repository) {
  std::vector<Repository> seen_in;
  if (local.known) seen_in = std::move(local.known->seen_in);
  std::vector<Repository> hints = usable_hints(&repository, seen_in);
  if (local.known && is_manifest_type(local.known->descriptor.media_type)) {
    // A registry need not serve manifests as blobs, so it is fetched as what it is; then it is
    // here.
    std::string any_type;
    auto found = co_await finder_.find(digest, repository, std::move(any_type));
    if (!found) co_return tl::unexpected<ApiError>(api_error(found.error(), Subject::blob));
    local = co_await index_.find_blob(digest);
  } else if (!local.known) {
    auto sized = co_await find_size(digest, repository);
    if (!sized) co_return tl::unexpected<ApiError>(api_error(sized.error(), Subject::blob));
    local.known.emplace(std::move(*sized));
  } else if (!contains(seen_in, repository)) {
    co_await index_.learn(local.known->descriptor, std::move(repository));
  }
  if (!local.known) {
    const ApiError lost(503, "UNAVAILABLE", "the manifest was fetched but could not be stored");
    co_return tl::unexpected<ApiError>(lost);
  }
  LocatedBlob located(std::move(local.known->descriptor));
  located.hints = std::move(hints);
  located.file = std::move(local.file);
  co_return located;
}

Awaitable<Result<Descriptor>> BlobLocator::find_size(Digest digest, Repository repository) {
  std::string key = repository.text() + "@" + digest.text();
  SingleFlight<Descriptor>::Work work = [this, digest, repository] {
    return ask_around(digest, repository);
  };
  co_return co_await flights_.run(std::move(key), std::move(work));
}

Awaitable<Result<Descriptor>> BlobLocator::ask_around(Digest digest, Repository repository) {
  const auto deadline = std::chrono::steady_clock::now() + options_.peer_resolve_timeout;
  auto described = co_await cluster_.describe(digest, deadline);
  if (!described || described->digest != digest) {
    described = co_await upstream_.head_blob(repository, digest);
    if (!described) co_return fail(described.error());
    // "application/octet-stream" is how all blobs are served; it says nothing of this one.
    described->media_type.clear();
  }
  if (described->size > kBlobBytesMax) co_return fail(Errc::too_large, "blob's size is impossible");
  Descriptor learned(std::move(digest), described->size, std::move(described->media_type));
  co_await index_.learn(learned, std::move(repository));
  co_return learned;
}

std::vector<Repository> BlobLocator::usable_hints(const Repository* asked,
                                                  const std::vector<Repository>& seen_in) const {
  std::vector<Repository> hints;
  const auto add = [this, &hints](const Repository& hint) {
    if (contains(hints, hint)) return;
    if (upstream_.access(hint) == upstream::Access::allowed) hints.push_back(hint);
  };
  if (asked != nullptr) add(*asked);
  for (const Repository& seen : seen_in) add(seen);
  return hints;
}

}  // namespace shoal::mirror
