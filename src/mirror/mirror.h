#pragma once

#include <memory>

#include "base/event.h"
#include "base/metrics.h"
#include "base/task.h"
#include "http/server.h"
#include "mirror/options.h"

namespace shoal::store {
class Store;
}
namespace shoal::upstream {
class AccessSource;
class ListSource;
class ManifestSource;
}  // namespace shoal::upstream
namespace shoal::transfer {
class BlobSource;
class ClusterDirectory;
}  // namespace shoal::transfer

namespace shoal::mirror {

// The pull half of the OCI distribution API, as one handler for http::Server.
//
// Thread    the reactor's only; what blocks on the disk runs on `disk_pool`.
// Lifetime  all that is passed in outlives the mirror, and the mirror outlives every handle() call.
// Source    OCI distribution-spec 1.1, "Pull".
class Mirror {
 public:
  Mirror(MirrorOptions options, store::Store& store, asio::thread_pool& disk_pool,
         upstream::ManifestSource& upstream, upstream::ListSource& lists,
         upstream::AccessSource& access, transfer::BlobSource& blobs,
         transfer::ClusterDirectory& cluster, Metrics& metrics);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // Answers one request. Both references outlive the await; many calls may be under way at once.
  Awaitable<void> handle(const http::Request& request, http::Responder& responder);
  // Waits until nothing is under way any more that no request waits for, at the longest until `deadline`.
  Awaitable<void> settle(SteadyTime deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::mirror
