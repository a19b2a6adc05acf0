#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <tl/expected.hpp>

#include "base/task.h"
#include "http/server.h"
#include "mirror/gate.h"
#include "mirror/index.h"
#include "mirror/list_query.h"
#include "mirror/options.h"
#include "mirror/route.h"
#include "mirror/single_flight.h"
#include "upstream/list_source.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// GET and HEAD /v2/<name>/tags/list and /v2/<name>/referrers/<digest>: what the registry lists, passed
// on. Nothing of it is kept: a list is only good while it is new.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class Lists {
 public:
  Lists(const MirrorOptions& options, Index& index, Gate& gate, upstream::ListSource& lists,
        upstream::ManifestSource& manifests, asio::thread_pool& disk_pool);

  Awaitable<void> serve(TagsRoute route, const http::Request& request, http::Responder& responder);
  Awaitable<void> serve(ReferrersRoute route, const http::Request& request,
                        http::Responder& responder);

 private:
  using SharedPage = std::shared_ptr<const upstream::ListPage>;
  using Chosen = tl::expected<Repository, ApiError>;
  Chosen choose(const PathName& name, const std::vector<Repository>& seen_in,
                const http::Request& request) const;
  // What stands against the client's reading them.
  Awaitable<std::optional<ApiError>> stopped(Repository repository, const http::Request& request);
  // What `work`, on the disk pool, makes of the page's content.
  // Errors  those of `work`; where there is no page, why.
  template <class Work>
  Awaitable<std::invoke_result_t<const Work&, const std::string&>> worked(Result<SharedPage> page,
                                                                          Work work);
  Awaitable<Result<SharedPage>> tags(Repository repository, std::string query);
  // The registry's list, else what stands under the fallback tag, else a list of none.
  Awaitable<Result<SharedPage>> referrers(Repository repository, Digest subject, std::string query);
  Awaitable<Result<SharedPage>> ask_for_tags(Repository repository, std::string query);
  Awaitable<Result<SharedPage>> ask_for_referrers(Repository repository, Digest subject,
                                                  std::string query);

  const MirrorOptions& options_;
  Index& index_;
  Gate& gate_;
  upstream::ListSource& lists_;
  upstream::ManifestSource& manifests_;
  asio::thread_pool& pool_;
  SingleFlight<SharedPage> flights_;
};

}  // namespace shoal::mirror
