#pragma once

#include <cstdint>
#include <functional>

#include "base/task.h"
#include "http/server.h"
#include "inventory/inventory.h"

namespace shoal::inventory {

// The part of the admin port that shows and changes what is in the store, as JSON. Paths begin with /v1/.
//   GET    /v1/space                      the disk, the limit, what is taken
//   GET    /v1/images                     {"images":[...]}
//   GET    /v1/blobs?after=&limit=        {"blobs":[...],"next":digest or null}
//   POST   /v1/pins?image=                pins; the image
//   DELETE /v1/pins?image=                unpins
//   DELETE /v1/images?image=              removes what no other image names: {"blobs","bytes","in_use"}
//   DELETE /v1/blobs?digest=              removes one blob
//   POST   /v1/gc?all=                    evicts down to the low watermark, or (all=true) all that is idle
// Times are seconds since 1970. Errors are {"errors":[{"code","message"}]}: 400, 403 (check_caller), 404,
// 405, 409 (pinned or in use), 503 (the disk).
//
// Thread  the server's; what blocks runs on the disk pool.   Lifetime  outlives its calls.
class Api {
 public:
  // `release` has the swarm let go of a blob that nobody takes, or of so many bytes of such blobs.
  struct Release {
    std::function<bool(const Digest&)> blob;
    std::function<std::uint64_t(std::uint64_t)> bytes;
  };
  Api(store::Store& store, asio::thread_pool& disk_pool, Release release)
      : store_(store), pool_(disk_pool), inventory_(store), release_(std::move(release)) {}

  Awaitable<void> handle(const http::Request& request, http::Responder& response);

 private:
  struct Answer {
    Answer(int status_in, std::string body_in) : status(status_in), body(std::move(body_in)) {}
    int status;
    std::string body;
  };
  Awaitable<Answer> answer(const http::Request& request);
  Awaitable<Answer> space();
  Awaitable<Answer> images();
  Awaitable<Answer> blobs(const http::Request& request);
  Awaitable<Answer> pin(ImageName name);
  Awaitable<Answer> unpin(ImageName name);
  Awaitable<Answer> remove_image(ImageName name);
  Awaitable<Answer> remove_blob(Digest digest);
  Awaitable<Answer> collect(bool is_all);
  // Waits a little for the swarm to let go of it.   Errors  those of Store::remove().
  Awaitable<Result<void>> remove(Digest digest);
  static Answer refused(const Error& error);

  store::Store& store_;
  asio::thread_pool& pool_;
  Inventory inventory_;
  Release release_;
};

}  // namespace shoal::inventory
