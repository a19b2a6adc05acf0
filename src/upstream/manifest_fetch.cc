#include "upstream/manifest_fetch.h"

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"
#include "upstream/content_range.h"
#include "upstream/media_types.h"
#include "upstream/whole_body.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kAcceptBytesMax = 4 * 1024;
constexpr std::size_t kMediaTypeBytesMax = 255;
constexpr const char* kBlobType = "application/octet-stream";

HttpRequest manifest_request(const char* method, const Registry& registry,
                             const Repository& repository, const Reference& reference,
                             const std::string& accept) {
  HttpRequest request(
      method, registry.url("/v2/" + repository.name.text() + "/manifests/" + to_text(reference)));
  const bool usable =
      !accept.empty() && accept.size() <= kAcceptBytesMax && is_printable_ascii(accept);
  request.set("Accept", usable ? accept : kManifestTypes);
  return request;
}

std::string blob_path(const Repository& repository, const Digest& digest) {
  return "/v2/" + repository.name.text() + "/blobs/" + digest.text();
}

// Content-Type without parameters; empty where it is missing or not fit to be passed on.
std::string media_type_of(const ResponseHead& head) {
  std::string_view type = head.header("content-type").value_or(std::string_view());
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  if (type.size() > kMediaTypeBytesMax || !is_printable_ascii(type)) return {};
  return std::string(type);
}

// The digest a registry says it serves, if it says one.
Result<std::optional<Digest>> stated_digest(const ResponseHead& head) {
  const auto header = head.header("docker-content-digest");
  if (!header) return std::optional<Digest>();
  auto digest = Digest::parse(*header);
  if (!digest) return fail(Errc::protocol, "Docker-Content-Digest is malformed");
  return std::optional<Digest>(std::move(*digest));
}

// What the reference resolves to by the header alone; nullopt: the content must be looked at.
Result<std::optional<Digest>> digest_by_head(const ResponseHead& head, const Reference& reference) {
  auto stated = stated_digest(head);
  if (!stated) return stated;
  const auto* asked = std::get_if<Digest>(&reference);
  if (asked == nullptr) return stated;
  if (*stated && (*stated)->algorithm() == asked->algorithm() && **stated != *asked) {
    return fail(Errc::corrupt, "the registry has " + (*stated)->text() + " under that digest");
  }
  return std::optional<Digest>(*asked);
}

// The content's digest: by the algorithm that was asked for; of a tag by the one the registry
// states.
Result<Digest> check_digest(const ResponseHead& head, const Reference& reference,
                            const std::string& content) {
  const auto stated = stated_digest(head);
  if (!stated) return fail(stated.error());
  const auto* expected = std::get_if<Digest>(&reference);
  if (expected == nullptr && *stated) expected = &**stated;
  const auto algorithm = expected != nullptr ? expected->algorithm() : DigestAlgorithm::sha256;
  auto digest = hash_of(algorithm, as_bytes(content));
  if (expected != nullptr && digest != *expected) {
    return fail(Errc::corrupt,
                "the content's digest is " + digest.text() + ", not " + expected->text());
  }
  return digest;
}

tl::unexpected<Error> fail_named(const HttpRequest& request, Error error) {
  error.message = request.brief() + ": " + error.message;
  return fail(std::move(error));
}

// Registries differ in how they say that they do not do HEAD.
bool head_refused(int status) {
  return status == 400 || status == 405 || status == 501;
}

// No part of it holds a newline.
std::string memory_key(const Registry& registry, const Repository& repository,
                       const Reference& reference, const std::string& accept) {
  return registry.id + "\n" + repository.text() + "\n" + to_text(reference) + "\n" + accept;
}

ManifestHead unchanged(const TagMemory::Entry& known, const ResponseHead& head) {
  ManifestHead found(known.descriptor);
  found.headers = passed_headers(head);
  return found;
}

}  // namespace

Awaitable<Result<ManifestHead>> ManifestFetch::head(const Registry& registry,
                                                    const Repository& repository,
                                                    const Reference& reference,
                                                    const std::string& accept) {
  const auto once = [&](const Registry& place) {
    return head_once(place, repository, reference, accept);
  };
  co_return co_await requester_.retried(registry, once);
}

Awaitable<Result<Manifest>> ManifestFetch::get(const Registry& registry,
                                               const Repository& repository,
                                               const Reference& reference,
                                               const std::string& accept) {
  const auto once = [&](const Registry& place) {
    return get_once(place, repository, reference, accept);
  };
  co_return co_await requester_.retried(registry, once);
}

Awaitable<Result<Descriptor>> ManifestFetch::head_blob(const Registry& registry,
                                                       const Repository& repository,
                                                       const Digest& digest) {
  const auto once = [&](const Registry& place) {
    return head_blob_once(place, repository, digest);
  };
  co_return co_await requester_.retried(registry, once);
}

ManifestFetch::Question ManifestFetch::question(const char* method, const Registry& registry,
                                                const Repository& repository,
                                                const Reference& reference,
                                                const std::string& accept) const {
  Question out(manifest_request(method, registry, repository, reference, accept),
               memory_key(registry, repository, reference, accept));
  out.known = tags_.find(out.key);
  if (out.known) out.request.set("If-None-Match", out.known->entity_tag);
  return out;
}

Awaitable<Result<ManifestHead>> ManifestFetch::head_once(const Registry& registry,
                                                         const Repository& repository,
                                                         const Reference& reference,
                                                         const std::string& accept) {
  const Question asked = question("HEAD", registry, repository, reference, accept);
  const HttpRequest& request = asked.request;
  std::optional<ResponseHead> answered;
  {
    auto reply = co_await requester_.call(registry, repository, request);
    if (!reply) co_return fail(reply.error());
    answered = reply->response.head();
  }
  if (answered->status == 304 && asked.known) co_return unchanged(*asked.known, *answered);
  if (answered->status != 200 && !head_refused(answered->status)) {
    co_return fail(error_of_status(*answered, request.brief()));
  }
  if (answered->status == 200 && answered->content_length) {
    auto digest = digest_by_head(*answered, reference);
    if (!digest) co_return fail_named(request, digest.error());
    if (*answered->content_length > kManifestBytesMax) {
      co_return fail(Errc::too_large, request.brief() + ": the manifest is over our limit");
    }
    if (*digest) {
      ManifestHead found(
          Descriptor(std::move(**digest), *answered->content_length, media_type_of(*answered)));
      found.headers = passed_headers(*answered);
      remember(asked.key, reference, *answered, found.descriptor);
      co_return found;
    }
  }
  co_return co_await head_by_get(registry, repository, reference, accept);
}

Awaitable<Result<ManifestHead>> ManifestFetch::head_by_get(const Registry& registry,
                                                           const Repository& repository,
                                                           const Reference& reference,
                                                           const std::string& accept) {
  const Question asked = question("GET", registry, repository, reference, accept);
  auto reply = co_await requester_.call(registry, repository, asked.request);
  if (!reply) co_return fail(reply.error());
  const ResponseHead head = reply->response.head();
  if (head.status == 304 && asked.known) co_return unchanged(*asked.known, head);
  auto manifest = co_await read_manifest(*reply, asked.request, reference);
  if (!manifest) co_return fail(manifest.error());
  remember(asked.key, reference, head, manifest->descriptor);
  ManifestHead found(std::move(manifest->descriptor));
  found.content = std::move(manifest->content);
  found.headers = std::move(manifest->headers);
  co_return found;
}

void ManifestFetch::remember(const std::string& key, const Reference& reference,
                             const ResponseHead& head, const Descriptor& descriptor) {
  const auto entity_tag = head.header("etag");
  if (!entity_tag || std::holds_alternative<Digest>(reference)) return;
  tags_.put(key, TagMemory::Entry(std::string(*entity_tag), descriptor));
}

Awaitable<Result<Manifest>> ManifestFetch::get_once(const Registry& registry,
                                                    const Repository& repository,
                                                    const Reference& reference,
                                                    const std::string& accept) {
  const HttpRequest request = manifest_request("GET", registry, repository, reference, accept);
  auto reply = co_await requester_.call(registry, repository, request);
  if (!reply) co_return fail(reply.error());
  co_return co_await read_manifest(*reply, request, reference);
}

Awaitable<Result<Manifest>> ManifestFetch::read_manifest(Reply& reply, const HttpRequest& request,
                                                         const Reference& reference) {
  const ResponseHead head = reply.response.head();
  const std::string name = request.brief();
  const std::string what = "the manifest";
  auto content = co_await read_whole(reply.response, name, what, kManifestBytesMax);
  if (!content) co_return fail(content.error());
  auto digest = check_digest(head, reference, *content);
  if (!digest) co_return fail_named(request, digest.error());
  Descriptor descriptor(std::move(*digest), content->size(), media_type_of(head));
  Manifest manifest(std::move(descriptor), std::move(*content));
  manifest.headers = passed_headers(head);
  co_return manifest;
}

Awaitable<Result<Descriptor>> ManifestFetch::head_blob_once(const Registry& registry,
                                                            const Repository& repository,
                                                            const Digest& digest) {
  const HttpRequest request("HEAD", registry.url(blob_path(repository, digest)));
  std::optional<ResponseHead> answered;
  bool redirected = false;
  {
    auto reply = co_await requester_.call(registry, repository, request);
    if (!reply) co_return fail(reply.error());
    answered = reply->response.head();
    redirected = reply->url.origin() != registry.base.origin();
  }
  if (answered->status == 200 && answered->content_length) {
    if (*answered->content_length > kBlobBytesMax) {
      co_return fail(Errc::too_large, request.brief() + ": the blob is over 4 TiB");
    }
    Descriptor descriptor(digest, *answered->content_length, kBlobType);
    co_return descriptor;
  }
  // A presigned URL may be signed for GET alone.
  const bool worth_a_get = answered->status == 200 || head_refused(answered->status) ||
                           (redirected && answered->status == 403);
  if (!worth_a_get) co_return fail(error_of_status(*answered, request.brief()));
  co_return co_await size_by_get(registry, repository, digest);
}

Awaitable<Result<Descriptor>> ManifestFetch::size_by_get(const Registry& registry,
                                                         const Repository& repository,
                                                         const Digest& digest) {
  HttpRequest request("GET", registry.url(blob_path(repository, digest)));
  request.set("Range", "bytes=0-0");
  const std::string name = request.brief();
  auto reply = co_await requester_.call(registry, repository, request);
  if (!reply) co_return fail(reply.error());
  const ResponseHead& head = reply->response.head();
  if (head.status != 200 && head.status != 206) co_return fail(error_of_status(head, name));
  Result<std::uint64_t> size = fail(Errc::protocol, "the registry does not say the blob's size");
  if (head.status == 200 && head.content_length) size = *head.content_length;
  if (head.status == 206) {
    size = total_of_content_range(head.header("content-range").value_or(std::string_view()));
  }
  if (!size) co_return fail_named(request, size.error());
  if (*size > kBlobBytesMax) co_return fail(Errc::too_large, name + ": the blob is over 4 TiB");
  Descriptor descriptor(digest, *size, kBlobType);
  co_return descriptor;
}

}  // namespace shoal::upstream
