#include "loadtest/image_pull.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "loadtest/blob_pull.h"
#include "loadtest/image_manifest.h"

namespace shoal::loadtest {
namespace {

constexpr std::string_view kManifestTypes =
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.oci.image.index.v1+json, */*";
// An index may name an index; more levels than this nobody makes.
constexpr int kIndexDepthMax = 3;

Result<HttpAnswer> send_for_success(PullContext& context, HttpConnection& connection,
                                    const HttpRequest& request) {
  ++context.requests;
  const auto answer = connection.send(request);
  if (!answer) {
    return fail(answer.error().code,
                request.method + " " + request.target + ": " + answer.error().message);
  }
  if (answer->status == 200) return *answer;
  connection.drop();
  return fail_status(request, answer->status);
}

// What the image's name means at this mirror.
Result<Digest> resolve_image(PullContext& context, HttpConnection& connection) {
  const Reference& reference = context.options.image.reference;
  const HttpRequest request("HEAD", context.target("manifests", to_text(reference)),
                            std::string(kManifestTypes));
  const auto answer = send_for_success(context, connection, request);
  if (!answer) return fail(answer.error());
  auto digest = Digest::parse(answer->content_digest);
  if (!digest) {
    return fail(Errc::protocol,
                "HEAD " + request.target + ": Docker-Content-Digest: " + digest.error().message);
  }
  const auto* asked = std::get_if<Digest>(&reference);
  if (asked != nullptr && *asked != *digest) {
    return fail(Errc::corrupt, "HEAD " + request.target + " speaks of " + digest->text());
  }
  return digest;
}

Result<std::string> read_text(PullContext& context, HttpConnection& connection,
                              const HttpRequest& request) {
  std::string text;
  while (true) {
    const auto part = connection.read_body();
    if (!part) return fail(part.error().code, request.target + ": " + part.error().message);
    context.count_bytes(part->bytes.size());
    text += as_text(part->bytes);
    if (text.size() > kManifestBytesMax) {
      connection.drop();
      return fail(Errc::too_large, request.target + ": the manifest is over 4 MiB");
    }
    if (part->state == BodyState::complete) return text;
    if (part->state == BodyState::broken_off) {
      return fail(Errc::unavailable,
                  fmt::format("{}: broken off after {} bytes", request.target, text.size()));
    }
  }
}

Result<ImageDocument> fetch_document(PullContext& context, HttpConnection& connection,
                                     const Digest& digest) {
  const HttpRequest request("GET", context.target("manifests", digest.text()),
                            std::string(kManifestTypes));
  const auto answer = send_for_success(context, connection, request);
  if (!answer) return fail(answer.error());
  const auto text = read_text(context, connection, request);
  if (!text) return fail(text.error());
  const Digest found = hash_of(digest.algorithm(), as_bytes(*text));
  if (found != digest) {
    return fail(Errc::corrupt, "manifest " + digest.text() + ": its bytes hash to " + found.text());
  }
  return parse_image_document(*text);
}

Result<ImageManifest> fetch_manifest(PullContext& context, HttpConnection& connection,
                                     Digest digest) {
  for (int depth = 0; depth < kIndexDepthMax; ++depth) {
    const auto document = fetch_document(context, connection, digest);
    if (!document) return fail(document.error());
    if (const auto* manifest = std::get_if<ImageManifest>(&*document)) return *manifest;
    const auto chosen = choose_platform(std::get<ImageIndex>(*document), context.options.platform);
    if (!chosen) return fail(chosen.error());
    digest = chosen->digest;
  }
  return fail(Errc::too_large, "the image's index leads to indexes without end");
}

Result<void> pull_everything(PullContext& context, PullOutcome& outcome) {
  HttpConnection connection(context.mirror, context.address, context.limits);
  const auto digest = resolve_image(context, connection);
  if (!digest) return fail(digest.error());
  outcome.digest = digest->text();
  const auto manifest = fetch_manifest(context, connection, *digest);
  if (!manifest) return fail(manifest.error());
  connection.drop();
  return context.options.chunk_bytes > 0 ? pull_blobs_in_chunks(context, manifest->blobs)
                                         : pull_blobs(context, manifest->blobs);
}

}  // namespace

PullOutcome pull_image(PullContext& context) {
  PullOutcome outcome(fmt::format("{}:{}", context.mirror.host, context.mirror.port));
  const auto done = pull_everything(context, outcome);
  const auto end = std::chrono::steady_clock::now();
  outcome.seconds = end - context.start;
  if (!done) outcome.error = done.error();
  outcome.bytes = context.received_bytes;
  outcome.timeline = context.timeline.ending_at(end, outcome.bytes);
  outcome.requests = context.requests;
  outcome.resumes = context.resumes;
  if (const auto ticks = context.first_byte_ticks.load(); ticks != 0) {
    outcome.first_byte = SteadyTime(SteadyTime::duration(ticks)) - context.start;
  }
  return outcome;
}

}  // namespace shoal::loadtest
