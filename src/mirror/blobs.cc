#include "mirror/blobs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "mirror/conditional.h"
#include "mirror/errors.h"
#include "mirror/extent.h"

namespace shoal::mirror {
namespace {

// How far ahead of what a client has taken its bytes are called for. Some clients ask for all that
// follows and hang up after a part of it: what they do not read must not crowd out other requests.
constexpr std::uint64_t kReadAheadBytesMax = 32 * kMiB;

constexpr int kBoundaryDigits = 32;

// Nothing needs to be fetched for an empty blob, but only one digest per algorithm is that of
// nothing.
Awaitable<void> send_empty(Descriptor descriptor, http::Responder& responder) {
  if (hash_of(descriptor.digest.algorithm(), {}) != descriptor.digest) {
    ApiError error(502, "UNAVAILABLE", "the blob is not empty, as a manifest or peer said it is");
    co_await send_error(responder, std::move(error));
    co_return;
  }
  BlobPlan plan = plan_blob(descriptor, {}, {});
  std::string nothing;
  (void)co_await responder.send(std::move(plan.head), std::move(nothing));
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
  auto located = co_await locator_.locate(std::move(route.name), std::move(route.digest), request);
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
    BlobPlan plan = plan_blob(descriptor, {}, {});
    (void)co_await responder.send_head(std::move(plan.head), descriptor.size);
    co_return;
  }
  auto ranges = wanted_ranges(request, descriptor.digest, descriptor.size);
  if (ranges) {
    co_await send_content(std::move(blob), std::move(*ranges), responder);
  } else if (ranges.error().code == Errc::not_found) {
    co_await send_unsatisfiable(responder, descriptor.size);
  } else {
    // The whole blob would be much more than the client wants; this makes it ask for less at once.
    ApiError error(400, "SIZE_INVALID", ranges.error().message);
    co_await send_error(responder, std::move(error));
  }
}

Awaitable<void> Blobs::send_content(LocatedBlob blob, std::vector<ByteRange> ranges,
                                    http::Responder& responder) {
  if (blob.descriptor.size == 0) {
    co_await send_empty(blob.descriptor, responder);
    co_return;
  }
  auto handle = co_await source_.open(blob.descriptor, std::move(blob.hints));
  if (!handle) {
    co_await send_failure(std::move(blob.wish), handle.error(), responder);
    co_return;
  }
  BlobPlan plan = plan_blob(blob.descriptor, ranges, random_hex(kBoundaryDigits));
  const auto patience = options_.first_byte_timeout;
  auto first = co_await next_extent(**handle, plan.parts.front().range, patience, responder);
  if (!first) {
    co_await send_failure(std::move(blob.wish), first.error(), responder);
    co_return;
  }
  responder.annotate("source", (*handle)->was_complete() ? "disk" : "transfer");
  const auto begun = co_await responder.send_head(std::move(plan.head), plan.body_bytes);
  if (begun) co_await stream(**handle, std::move(plan), *first, responder);
}

Awaitable<void> Blobs::send_failure(std::optional<Wish> wish, Error why,
                                    http::Responder& responder) {
  ApiError error = api_error(why, Subject::blob);
  if (wish) error = co_await gate_.explained(std::move(*wish), why.code, std::move(error));
  co_await send_error(responder, std::move(error));
}

Awaitable<void> Blobs::stream(transfer::BlobHandle& handle, BlobPlan plan, transfer::Extent first,
                              http::Responder& responder) {
  std::optional<transfer::Extent> at_hand = first;
  for (BlobPart& part : plan.parts) {
    if (!part.before.empty()) {
      const auto sent = co_await responder.send_bytes(std::move(part.before));
      if (!sent) co_return;
    }
    const bool whole = co_await stream_part(handle, part.range, at_hand, responder);
    if (!whole) co_return;
    at_hand.reset();
  }
  if (!plan.end.empty()) (void)co_await responder.send_bytes(std::move(plan.end));
}

Awaitable<bool> Blobs::stream_part(transfer::BlobHandle& handle, ByteRange rest,
                                   std::optional<transfer::Extent> at_hand,
                                   http::Responder& responder) {
  while (!rest.empty()) {
    if (!at_hand) {
      auto next = co_await next_extent(handle, rest, options_.read_timeout, responder);
      if (!next) {
        responder.abandon(next.error().message);
        co_return false;
      }
      at_hand = *next;
    }
    const transfer::Extent extent = *at_hand;
    const auto sent =
        co_await responder.send_file(extent.fd, extent.range.offset, extent.range.size);
    if (!sent) co_return false;
    if (handle.was_complete()) {
      metrics_.received_bytes(ByteSource::disk).Increment(static_cast<double>(extent.range.size));
    }
    rest = ByteRange{extent.range.end(), rest.end() - extent.range.end()};
    at_hand.reset();
  }
  co_return true;
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
