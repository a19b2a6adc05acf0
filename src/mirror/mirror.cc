#include "mirror/mirror.h"

#include <utility>
#include <variant>

#include "mirror/blob_locator.h"
#include "mirror/blobs.h"
#include "mirror/errors.h"
#include "mirror/gate.h"
#include "mirror/index.h"
#include "mirror/lists.h"
#include "mirror/manifest_finder.h"
#include "mirror/manifests.h"
#include "mirror/route.h"
#include "mirror/tag_resolver.h"

namespace shoal::mirror {

class Mirror::Impl {
 public:
  Impl(MirrorOptions options, store::Store& store, asio::thread_pool& disk_pool,
       upstream::ManifestSource& upstream, upstream::ListSource& lists,
       upstream::AccessSource& access, transfer::BlobSource& blobs,
       transfer::ClusterDirectory& cluster, Metrics& metrics)
      : options_(std::move(options)),
        index_(store, disk_pool),
        gate_(options_, index_, access, cluster, memory_, metrics),
        finder_(options_, index_, upstream, blobs, cluster, metrics),
        tags_(options_, index_, finder_, upstream, cluster, memory_),
        locator_(options_, index_, finder_, gate_, upstream, cluster),
        manifests_(options_, index_, finder_, tags_, gate_, upstream, metrics),
        blobs_(options_, locator_, gate_, blobs, metrics),
        lists_(options_, index_, gate_, lists, upstream, disk_pool) {}

  Awaitable<void> handle(const http::Request& request, http::Responder& responder) {
    Route route = parse_route(request.method, request.path);
    if (auto* manifest = std::get_if<ManifestRoute>(&route)) {
      co_await manifests_.serve(std::move(*manifest), request, responder);
    } else if (auto* blob = std::get_if<BlobRoute>(&route)) {
      co_await blobs_.serve(std::move(*blob), request, responder);
    } else if (auto* tags = std::get_if<TagsRoute>(&route)) {
      co_await lists_.serve(std::move(*tags), request, responder);
    } else if (auto* referrers = std::get_if<ReferrersRoute>(&route)) {
      co_await lists_.serve(std::move(*referrers), request, responder);
    } else if (auto* error = std::get_if<ApiError>(&route)) {
      co_await send_error(responder, std::move(*error));
    } else {
      co_await send_base(responder);
    }
  }

  Awaitable<void> settle(SteadyTime deadline) { return tags_.settle(deadline); }

 private:
  Awaitable<void> send_base(http::Responder& responder) {
    responder.classify("base");
    http::ResponseHead head(200);
    head.set("Content-Type", "application/json");
    head.set("Docker-Distribution-API-Version", "registry/2.0");
    std::string body = "{}";
    (void)co_await responder.send(std::move(head), std::move(body));
  }

  MirrorOptions options_;
  Index index_;
  AccessMemory memory_;
  Gate gate_;
  ManifestFinder finder_;
  TagResolver tags_;
  BlobLocator locator_;
  Manifests manifests_;
  Blobs blobs_;
  Lists lists_;
};

Mirror::Mirror(MirrorOptions options, store::Store& store, asio::thread_pool& disk_pool,
               upstream::ManifestSource& upstream, upstream::ListSource& lists,
               upstream::AccessSource& access, transfer::BlobSource& blobs,
               transfer::ClusterDirectory& cluster, Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), store, disk_pool, upstream, lists, access,
                                   blobs, cluster, metrics)) {}

Mirror::~Mirror() = default;

Awaitable<void> Mirror::settle(SteadyTime deadline) {
  return impl_->settle(deadline);
}

Awaitable<void> Mirror::handle(const http::Request& request, http::Responder& responder) {
  return impl_->handle(request, responder);
}

}  // namespace shoal::mirror
