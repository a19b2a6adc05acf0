#include "upstream/list_fetch.h"

#include <utility>

#include "upstream/link.h"
#include "upstream/whole_body.h"

namespace shoal::upstream {
namespace {

constexpr const char* kListTypes =
    "application/json, application/vnd.oci.image.index.v1+json, */*;q=0.1";

// Registries differ in how they say that they do not keep such a list.
bool list_refused(int status) {
  return status == 400 || status == 405 || status == 406 || status == 501;
}

}  // namespace

Awaitable<Result<ListPage>> ListFetch::get(const Registry& registry, const Repository& repository,
                                           const std::string& path, const std::string& query) {
  const auto once = [&](const Registry& place) { return get_once(place, repository, path, query); };
  co_return co_await requester_.retried(registry, once);
}

Awaitable<Result<ListPage>> ListFetch::get_once(const Registry& registry,
                                                const Repository& repository,
                                                const std::string& path, const std::string& query) {
  const std::string target = "/v2/" + repository.name.text() + "/" + path;
  HttpRequest request("GET", registry.url(query.empty() ? target : target + "?" + query));
  request.set("Accept", kListTypes);
  const std::string name = request.brief();
  const std::string what = "the list";
  auto reply = co_await requester_.call(registry, repository, request);
  if (!reply) co_return fail(reply.error());
  const ResponseHead head = reply->response.head();
  auto content = co_await read_whole(reply->response, name, what, kListBytesMax);
  if (!content) {
    Error error = content.error();
    if (list_refused(head.status)) error.code = Errc::not_found;
    co_return fail(error);
  }
  ListPage page(std::move(*content));
  page.next_query = next_query(head);
  page.headers = passed_headers(head);
  co_return page;
}

}  // namespace shoal::upstream
