#pragma once

#include <cstddef>
#include <span>

#include "base/byte_range.h"
#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"

namespace shoal::upstream {

// Takes a body in order as it arrives.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Called once, before the first write: the blob's bytes that are about to come. It is the range that
  // was asked for, or, where the registry ignores Range, the whole blob from byte 0.
  virtual void begin(ByteRange coming) = 0;
  // `bytes` live until the await ends; the next read waits for it (back-pressure). An error ends the
  // fetch with that error; Errc::canceled means "enough, thank you".
  virtual Awaitable<Result<void>> write(std::span<const std::byte> bytes) = 0;
};

// The part of a registry that gives bytes: what a download needs of the upstream client.
// Errors  see upstream::Client.   Thread  the reactor's.
class BlobFetcher {
 public:
  virtual ~BlobFetcher() = default;

  // Bytes of a blob, streamed. Retries connect, 429 and 5xx while nothing has reached the sink; after
  // that a break ends in an error and the caller asks for the rest. A presigned redirect is kept for
  // the next range of the same blob and resolved anew on 401, 403 and 410.
  // Returns  the bytes that were delivered in full: == sink.begin()'s range.
  virtual Awaitable<Result<ByteRange>> get_blob(Repository repository, Digest digest,
                                                ByteRange range, BodySink& sink) = 0;
};

}  // namespace shoal::upstream
