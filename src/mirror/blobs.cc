#include "mirror/blobs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "mirror/conditional.h"
#include "mirror/errors.h"
#include "mirror/extent.h"
#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

using SteadyClock = std::chrono::steady_clock;

// How far ahead of what a client has taken its bytes are called for. Some clients ask for all that
// follows and hang up after a part of it: what they do not read must not crowd out other requests.
constexpr std::uint64_t kReadAheadBytesMax = 32 * kMiB;

http::ResponseHead head_for(const Descriptor& descriptor, std::optional<ByteRange> part) {
  http::ResponseHead head(part ? 206 : 200);
  head.set("Content-Type", std::string(kOctetStream));
  head.set("Docker-Content-Digest", descriptor.digest.text());
  head.set("ETag", entity_tag(descriptor.digest));
  head.set("Accept-Ranges", "bytes");
  if (part) {
    head.set("Content-Range", "bytes " + std::to_string(part->offset) + "-" +
                                  std::to_string(part->end() - 1) + "/" +
                                  std::to_string(descriptor.size));
  }
  return head;
}

// Nothing needs to be fetched for an empty blob, but only one digest per algorithm is that of
// nothing.
Awaitable<void> send_empty(Descriptor descriptor, http::Responder& responder) {
  if (hash_of(descriptor.digest.algorithm(), {}) != descriptor.digest) {
    ApiError error(502, "UNAVAILABLE", "the blob is not empty, as a manifest or peer said it is");
    co_await send_error(responder, std::move(error));
    co_return;
  }
  http::ResponseHead head = head_for(descriptor, std::nullopt);
  std::string nothing;
  (void)co_await responder.send(std::move(head), std::move(nothing));
}

Awaitable<void> send_unsatisfiable(http::Responder& responder, std::uint64_t content_size) {
  // The specification has no code of its own for a range on a pull.
  const ApiError error(416, "SIZE_INVALID", "no byte of the blob is in the range asked for");
  http::ResponseHead head = error_head(error);
  head.set("Content-Range", "bytes */" + std::to_string(content_size));
  std::string body = error_body(error);
  (void)co_await responder.send(std::move(head), std::move(body));
}

}  // namespace

Awaitable<void> Blobs::serve(BlobRoute route, const http::Request& request,
                             http::Responder& responder) {
  responder.classify("blob");
  auto located = co_await locator_.locate(std::move(route.name), std::move(route.digest),
                                          request.query_value("ns"));
  if (located) {
    co_await send(std::move(*located), request, responder);
  } else {
    co_await send_error(responder, std::move(located.error()));
  }
}

Awaitable<void> Blobs::send(LocatedBlob blob, const http::Request& request,
                            http::Responder& responder) {
  const Descriptor& descriptor = blob.descriptor;
  if (client_has(request, descriptor.digest)) {
    http::ResponseHead head(304);
    head.set("ETag", entity_tag(descriptor.digest));
    std::string nothing;
    (void)co_await responder.send(std::move(head), std::move(nothing));
    co_return;
  }
  if (request.method == "HEAD") {
    http::ResponseHead head = head_for(descriptor, std::nullopt);
    (void)co_await responder.send_head(std::move(head), descriptor.size);
    co_return;
  }
  const auto asked = wanted_range(request, descriptor.digest, descriptor.size);
  if (!asked) {
    co_await send_unsatisfiable(responder, descriptor.size);
    co_return;
  }
  co_await send_content(std::move(blob), *asked, responder);
}

Awaitable<void> Blobs::send_content(LocatedBlob blob, std::optional<ByteRange> asked,
                                    http::Responder& responder) {
  if (blob.descriptor.size == 0) {
    co_await send_empty(blob.descriptor, responder);
    co_return;
  }
  auto handle = co_await source_.open(blob.descriptor, std::move(blob.hints));
  if (!handle) {
    ApiError error = api_error(handle.error(), Subject::blob);
    co_await send_error(responder, std::move(error));
    co_return;
  }
  const ByteRange wanted = asked.value_or(ByteRange{0, blob.descriptor.size});
  const auto patience = options_.first_byte_timeout;
  auto first = co_await next_extent(**handle, wanted, patience, responder);
  if (!first) {
    ApiError error = api_error(first.error(), Subject::blob);
    co_await send_error(responder, std::move(error));
    co_return;
  }
  responder.annotate("source", (*handle)->was_complete() ? "disk" : "transfer");
  http::ResponseHead head = head_for(blob.descriptor, asked);
  const auto begun = co_await responder.send_head(std::move(head), wanted.size);
  if (begun) co_await stream(**handle, *first, wanted, responder);
}

Awaitable<void> Blobs::stream(transfer::BlobHandle& handle, transfer::Extent extent, ByteRange rest,
                              http::Responder& responder) {
  while (true) {
    const ByteRange part = extent.range;
    const auto sent = co_await responder.send_file(extent.fd, part.offset, part.size);
    if (!sent) co_return;
    if (handle.was_complete()) {
      metrics_.received_bytes(ByteSource::disk).Increment(static_cast<double>(part.size));
    }
    rest = ByteRange{part.end(), rest.end() - part.end()};
    if (rest.empty()) co_return;
    auto next = co_await next_extent(handle, rest, options_.read_timeout, responder);
    if (!next) {
      responder.abandon(next.error().message);
      co_return;
    }
    extent = *next;
  }
}

Awaitable<Result<transfer::Extent>> Blobs::next_extent(transfer::BlobHandle& handle, ByteRange rest,
                                                       std::chrono::milliseconds patience,
                                                       http::Responder& responder) {
  const ByteRange wanted{rest.offset, std::min(rest.size, kReadAheadBytesMax)};
  const auto give_up = SteadyClock::now() + patience;
  while (true) {
    const auto deadline = std::min(give_up, SteadyClock::now() + options_.client_check_interval);
    auto extent = co_await handle.read(wanted, deadline);
    if (extent && !is_front_of(extent->range, wanted)) {
      co_return fail(Errc::internal, "the blob's source gave other bytes than asked for");
    }
    if (extent) co_return *extent;
    // A time-out of the download itself comes before our deadline and is as final as any error.
    const auto now = SteadyClock::now();
    const bool only_ours = extent.error().code == Errc::timeout && now >= deadline;
    if (!only_ours || now >= give_up) co_return fail(extent.error());
    if (responder.client_gone()) co_return fail(Errc::canceled, "the client went away");
  }
}

}  // namespace shoal::mirror
