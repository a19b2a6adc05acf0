#pragma once

#include "base/byte_range.h"
#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/blob_fetcher.h"
#include "upstream/presigned_cache.h"
#include "upstream/registry_table.h"
#include "upstream/requester.h"

namespace shoal::upstream {

// Streams ranges of blobs. Contract as Client::get_blob().
// Lifetime  outlives its calls; `requester` outlives it.
class RangeFetch {
 public:
  explicit RangeFetch(Requester& requester) : requester_(requester) {}

  // Lifetime  references outlive the await.
  Awaitable<Result<ByteRange>> get(const Registry& registry, const Repository& repository,
                                   const Digest& digest, ByteRange range, BodySink& sink);

 private:
  Awaitable<Result<ByteRange>> get_once(const Registry& registry, const Repository& repository,
                                        const Digest& digest, ByteRange range, BodySink& sink,
                                        bool& begun);
  Awaitable<Result<Response>> open(const Registry& registry, const Repository& repository,
                                   const Digest& digest, const HttpRequest& request);
  Awaitable<Result<Response>> open_presigned(const Registry& registry, const Repository& repository,
                                             const Digest& digest, const HttpRequest& request);
  static Awaitable<Result<void>> stream(Response& response, std::uint64_t size, BodySink& sink);

  Requester& requester_;
  PresignedCache presigned_;
};

}  // namespace shoal::upstream
