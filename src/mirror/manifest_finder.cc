#include "mirror/manifest_finder.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "mirror/extent.h"

namespace shoal::mirror {

ManifestFinder::ManifestFinder(const MirrorOptions& options, Index& index,
                               upstream::ManifestSource& upstream, transfer::BlobSource& blobs,
                               transfer::ClusterDirectory& cluster, Metrics& metrics)
    : options_(options),
      index_(index),
      upstream_(upstream),
      blobs_(blobs),
      cluster_(cluster),
      metrics_(metrics),
      flights_(kSharedFetchWaitMax) {}

Awaitable<Result<SharedManifest>> ManifestFinder::find(Digest digest, Repository repository,
                                                       std::string accept) {
  // The repository is part of the key: one registry's failure is not another one's.
  std::string key = repository.text() + "@" + digest.text();
  SingleFlight<SharedManifest>::Work work = [this, digest, repository, accept] {
    return find_anywhere(digest, repository, accept);
  };
  co_return co_await flights_.run(std::move(key), std::move(work));
}

Awaitable<Result<SharedManifest>> ManifestFinder::find_nearby(Digest digest,
                                                              Repository repository) {
  LocalManifest local = co_await index_.find_manifest(digest);
  if (local.manifest) {
    co_return std::make_shared<FoundManifest>(std::move(*local.manifest), "disk");
  }
  auto received = co_await from_peers(digest);
  if (!received) co_return fail(received.error());
  auto kept = co_await index_.keep_manifest(std::move(*received), std::move(repository));
  co_return std::make_shared<FoundManifest>(std::move(kept), "peer");
}

Awaitable<Result<SharedManifest>> ManifestFinder::find_anywhere(Digest digest,
                                                                Repository repository,
                                                                std::string accept) {
  auto nearby = co_await find_nearby(digest, repository);
  if (nearby) co_return nearby;
  Reference reference = digest;
  auto fetched =
      co_await upstream_.get_manifest(repository, std::move(reference), std::move(accept));
  if (!fetched) co_return fail(fetched.error());
  if (fetched->descriptor.digest != digest) {
    co_return fail(Errc::corrupt, repository.text() + " sent other content for " + digest.text());
  }
  co_return co_await keep(std::move(*fetched), std::move(repository));
}

Awaitable<SharedManifest> ManifestFinder::keep(upstream::Manifest manifest, Repository repository) {
  const auto size = static_cast<double>(manifest.content.size());
  metrics_.received_bytes(ByteSource::upstream).Increment(size);
  auto kept = co_await index_.keep_manifest(std::move(manifest), std::move(repository));
  co_return std::make_shared<FoundManifest>(std::move(kept), "upstream");
}

Awaitable<Result<upstream::Manifest>> ManifestFinder::from_peers(Digest digest) {
  const auto deadline = std::chrono::steady_clock::now() + options_.peer_resolve_timeout;
  auto described = co_await cluster_.describe(digest, deadline);
  if (!described) co_return fail(described.error());
  if (described->digest != digest || described->size > upstream::kManifestBytesMax) {
    co_return fail(Errc::not_found, "what peers know as " + digest.text() + " is no manifest");
  }
  // No hints: a registry does not serve manifests as blobs, so only peers are of use here.
  std::vector<Repository> no_hints;
  auto handle = co_await blobs_.open(*described, std::move(no_hints));
  if (!handle) co_return fail(handle.error());
  auto content = co_await read_whole(std::move(*handle));
  if (!content) co_return fail(content.error());
  if (hash_of(digest.algorithm(), as_bytes(*content)) != digest) {
    co_return fail(Errc::corrupt, "peers sent other content for " + digest.text());
  }
  co_return upstream::Manifest(std::move(*described), std::move(*content));
}

Awaitable<Result<std::string>> ManifestFinder::read_whole(
    std::shared_ptr<transfer::BlobHandle> handle) {
  const auto deadline = std::chrono::steady_clock::now() + options_.peer_manifest_timeout;
  const std::uint64_t size = handle->descriptor().size;
  std::string content;
  while (content.size() < size) {
    const ByteRange rest{content.size(), size - content.size()};
    auto extent = co_await handle->read(rest, deadline);
    if (!extent) co_return fail(extent.error());
    if (!is_front_of(extent->range, rest))
      co_return fail(Errc::internal, "not the bytes asked for");
    auto bytes = co_await index_.read_extent(*extent);
    if (!bytes) co_return fail(bytes.error());
    content += *bytes;
  }
  co_return content;
}

}  // namespace shoal::mirror
