#include "mirror/manifests.h"

#include <optional>
#include <utility>
#include <variant>

#include "mirror/conditional.h"
#include "mirror/errors.h"
#include "mirror/registry_choice.h"

namespace shoal::mirror {
namespace {

// All of a request's Accept headers as one: clients send a line for each media type.
std::string accept_of(const http::Request& request) {
  std::string accept;
  for (const auto& [name, value] : request.headers) {
    if (name != "accept") continue;
    if (!accept.empty()) accept += ", ";
    accept += value;
  }
  return accept;
}

// Source  OCI distribution-spec 1.1, "Warnings": 299 - "<text>".
std::string stale_warning(std::chrono::seconds age) {
  return "299 - \"Response is stale: the registry could not be asked; this answer is " +
         std::to_string(age.count()) + " s old\"";
}

http::ResponseHead head_for(const TagAnswer& answer, int status) {
  const Descriptor& descriptor = answer.manifest->manifest.descriptor;
  http::ResponseHead head(status);
  if (status == 200) head.set("Content-Type", descriptor.media_type);
  head.set("Docker-Content-Digest", descriptor.digest.text());
  head.set("ETag", entity_tag(descriptor.digest));
  for (const auto& [name, value] : answer.headers) head.set(name, value);
  if (answer.stale_age) head.set("Warning", stale_warning(*answer.stale_age));
  return head;
}

}  // namespace

Awaitable<void> Manifests::serve(ManifestRoute route, const http::Request& request,
                                 http::Responder& responder) {
  responder.classify("manifest");
  Answer answer = tl::unexpected<ApiError>(ApiError(500, "UNAVAILABLE", "not answered"));
  if (const auto* tag = std::get_if<Tag>(&route.reference)) {
    answer = co_await by_tag(std::move(route.name), *tag, request);
  } else {
    Digest digest = std::get<Digest>(route.reference);
    answer = co_await by_digest(std::move(route.name), std::move(digest), request);
  }
  if (answer) {
    co_await send(std::move(*answer), request, responder);
  } else {
    co_await send_error(responder, std::move(answer.error()));
  }
}

Awaitable<Manifests::Answer> Manifests::by_tag(PathName name, Tag tag,
                                               const http::Request& request) {
  const std::vector<Repository> seen_nowhere;
  auto repository = choose_permitted(name, request.query_value("ns"), seen_nowhere,
                                     options_.default_registry, upstream_);
  if (!repository) co_return tl::unexpected<ApiError>(repository.error());
  Wish wish(*repository, upstream::AccessSubject::of_manifest(tag), authorization_of(request));
  auto refusal = co_await gate_.refusal(wish);
  if (refusal) co_return tl::unexpected<ApiError>(std::move(*refusal));
  std::string accept = accept_of(request);
  auto answer = co_await tags_.resolve(std::move(*repository), std::move(tag), std::move(accept));
  if (!answer) co_return co_await unavailable(std::move(wish), answer.error());
  co_return std::move(*answer);
}

Awaitable<Manifests::Answer> Manifests::unavailable(Wish wish, Error why) {
  ApiError error = api_error(why, Subject::manifest);
  auto said = co_await gate_.explained(std::move(wish), why.code, std::move(error));
  co_return tl::unexpected<ApiError>(std::move(said));
}

Awaitable<Manifests::Answer> Manifests::by_digest(PathName name, Digest digest,
                                                  const http::Request& request) {
  LocalManifest local = co_await index_.find_manifest(digest);
  auto repository = choose_permitted(name, request.query_value("ns"), local.seen_in,
                                     options_.default_registry, upstream_);
  if (!repository && (options_.guards() || forbids_content_here(repository.error()))) {
    co_return tl::unexpected<ApiError>(repository.error());
  }
  std::optional<Wish> wish;
  if (repository) {
    wish.emplace(*repository, upstream::AccessSubject::of_manifest(digest),
                 authorization_of(request));
    wish->belongs = contains(local.seen_in, *repository);
    if (local.manifest) wish->here = local.manifest->descriptor;
    auto refusal = co_await gate_.refusal(*wish);
    if (refusal) co_return tl::unexpected<ApiError>(std::move(*refusal));
  }
  if (local.manifest) {
    co_return TagAnswer(std::make_shared<FoundManifest>(std::move(*local.manifest), "disk"));
  }
  if (!repository) co_return tl::unexpected<ApiError>(repository.error());
  std::string accept = accept_of(request);
  auto found = co_await finder_.find(std::move(digest), std::move(*repository), std::move(accept));
  if (!found) co_return co_await unavailable(std::move(*wish), found.error());
  co_return TagAnswer(std::move(*found));
}

Awaitable<void> Manifests::send(TagAnswer answer, const http::Request& request,
                                http::Responder& responder) {
  const FoundManifest& found = *answer.manifest;
  responder.annotate("source", std::string(found.source));
  if (answer.stale_age) responder.annotate("stale_s", std::to_string(answer.stale_age->count()));
  if (client_has(request, found.manifest.descriptor.digest)) {
    http::ResponseHead head = head_for(answer, 304);
    std::string nothing;
    (void)co_await responder.send(std::move(head), std::move(nothing));
    co_return;
  }
  http::ResponseHead head = head_for(answer, 200);
  const std::uint64_t size = found.manifest.content.size();
  const auto begun = co_await responder.send_head(std::move(head), size);
  if (!begun || request.method == "HEAD" || size == 0) co_return;
  std::string content = found.manifest.content;
  const auto sent = co_await responder.send_bytes(std::move(content));
  if (sent && found.source == "disk") {
    metrics_.received_bytes(ByteSource::disk).Increment(static_cast<double>(size));
  }
}

}  // namespace shoal::mirror
