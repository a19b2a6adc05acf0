#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/byte_range.h"
#include "base/metrics.h"
#include "base/task.h"
#include "http/server.h"
#include "mirror/blob_locator.h"
#include "mirror/blob_plan.h"
#include "mirror/options.h"
#include "mirror/route.h"
#include "transfer/blob_source.h"

namespace shoal::mirror {

// GET and HEAD /v2/<name>/blobs/<digest>.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class Blobs {
 public:
  Blobs(const MirrorOptions& options, BlobLocator& locator, Gate& gate,
        transfer::BlobSource& source, Metrics& metrics)
      : options_(options), locator_(locator), gate_(gate), source_(source), metrics_(metrics) {}

  Awaitable<void> serve(BlobRoute route, const http::Request& request, http::Responder& responder);

 private:
  Awaitable<void> send(LocatedBlob blob, const http::Request& request, http::Responder& responder);
  // `ranges`: as wanted_ranges() gives them.
  Awaitable<void> send_content(LocatedBlob blob, std::vector<ByteRange> ranges,
                               http::Responder& responder);
  Awaitable<void> send_failure(std::optional<Wish> wish, Error why, http::Responder& responder);
  // `first`: the first bytes of the first part.
  Awaitable<void> stream(transfer::BlobHandle& handle, BlobPlan plan, transfer::Extent first,
                         http::Responder& responder);
  // `at_hand`: bytes from the front of `rest`, where they were waited for already.
  // Returns  whether all of it was sent.
  Awaitable<bool> stream_part(transfer::BlobHandle& handle, ByteRange rest,
                              std::optional<transfer::Extent> at_hand, http::Responder& responder);
  // Waits for the next bytes of `rest`, and looks now and then whether the client still does.
  // Errors  those of BlobHandle::read; canceled: the client has gone.
  Awaitable<Result<transfer::Extent>> next_extent(transfer::BlobHandle& handle, ByteRange rest,
                                                  std::chrono::milliseconds patience,
                                                  http::Responder& responder);

  const MirrorOptions& options_;
  BlobLocator& locator_;
  Gate& gate_;
  transfer::BlobSource& source_;
  Metrics& metrics_;
};

}  // namespace shoal::mirror
