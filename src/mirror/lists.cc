#include "mirror/lists.h"

#include <utility>

#include "mirror/errors.h"
#include "mirror/manifest_finder.h"
#include "mirror/media_type.h"
#include "mirror/referrers.h"
#include "mirror/registry_choice.h"
#include "mirror/tag_page.h"

namespace shoal::mirror {
namespace {

constexpr const char* kFiltersApplied = "OCI-Filters-Applied";

// The name as it stands in the path; all of its characters may.
std::string path_of(const PathName& name) {
  return name.plain ? name.plain->text() : name.with_registry->text();
}

http::ResponseHead head_of(const upstream::ListPage& page, std::string_view media_type,
                           std::string link) {
  http::ResponseHead head(200);
  head.set("Content-Type", std::string(media_type));
  for (const auto& [name, value] : page.headers) {
    if (name != kFiltersApplied) head.set(name, value);  // that one is ours to say
  }
  if (!link.empty()) head.set("Link", std::move(link));
  return head;
}

Awaitable<void> send_failure(http::Responder& responder, Error why) {
  ApiError error = api_error(why, Subject::repository);
  co_await send_error(responder, std::move(error));
}

// The query that asks the registry for the client's window. An n of 0 asks for one tag: registries make
// different things of it, and whether there is such a repository must be known all the same.
std::string registry_query(ListQuery query, const TagWindow& window) {
  if (window.count == 0U) {
    for (auto& [name, value] : query) {
      if (name == "n") value = "1";
    }
  }
  return to_text(query);
}

// The link behind a page of tags: the registry's own, or ours where the page was cut here.
std::string link_behind(const TagPage& page, const TagWindow& window, const std::string& registrys,
                        const std::string& path, std::optional<std::string_view> ns) {
  if (window.count == 0U) return {};
  if (!page.cut) return next_link(path, registrys, ns);
  ListQuery behind;
  behind.emplace_back("n", std::to_string(*window.count));
  behind.emplace_back("last", page.last);
  return next_link(path, to_text(behind), ns);
}

}  // namespace

Lists::Lists(const MirrorOptions& options, Index& index, Gate& gate, upstream::ListSource& lists,
             upstream::ManifestSource& manifests, asio::thread_pool& disk_pool)
    : options_(options),
      index_(index),
      gate_(gate),
      lists_(lists),
      manifests_(manifests),
      pool_(disk_pool),
      flights_(kSharedFetchWaitMax) {}

Lists::Chosen Lists::choose(const PathName& name, const std::vector<Repository>& seen_in,
                            const http::Request& request) const {
  return choose_permitted(name, request.query_value("ns"), seen_in, options_.default_registry,
                          manifests_);
}

Awaitable<std::optional<ApiError>> Lists::stopped(Repository repository,
                                                  const http::Request& request) {
  Wish wish(std::move(repository), upstream::AccessSubject::of_lists(), authorization_of(request));
  co_return co_await gate_.refusal(std::move(wish));
}

template <class Work>
Awaitable<std::invoke_result_t<const Work&, const std::string&>> Lists::worked(
    Result<SharedPage> page, Work work) {
  if (!page) co_return fail(page.error());
  auto job = [shared = *page, work = std::move(work)] { return work(shared->content); };
  co_return co_await offload(pool_, std::move(job));
}

Awaitable<void> Lists::serve(TagsRoute route, const http::Request& request,
                             http::Responder& responder) {
  responder.classify("list");
  const std::vector<Repository> seen_nowhere;
  auto repository = choose(route.name, seen_nowhere, request);
  const auto query = list_query(request);
  tl::expected<TagWindow, ApiError> window;
  if (query) window = tag_window(*query);
  std::optional<ApiError> refusal;
  if (!repository) refusal = repository.error();
  if (!query) refusal = query.error();
  if (!window) refusal = window.error();
  if (!refusal) refusal = co_await stopped(*repository, request);
  if (refusal) {
    co_await send_error(responder, std::move(*refusal));
    co_return;
  }
  std::string asked = registry_query(*query, *window);
  auto page = co_await tags(std::move(*repository), std::move(asked));
  auto work = [wanted = *window](const std::string& content) {
    return page_of_tags(content, wanted);
  };
  auto cut = co_await worked(page, std::move(work));
  if (!cut) {
    co_await send_failure(responder, cut.error());
    co_return;
  }
  const std::string path = "/v2/" + path_of(route.name) + "/tags/list";
  std::string link =
      link_behind(*cut, *window, (*page)->next_query, path, request.query_value("ns"));
  http::ResponseHead head = head_of(**page, "application/json", std::move(link));
  (void)co_await responder.send(std::move(head), std::move(cut->content));
}

Awaitable<void> Lists::serve(ReferrersRoute route, const http::Request& request,
                             http::Responder& responder) {
  responder.classify("list");
  LocalBlob local = co_await index_.find_blob(route.subject);
  std::vector<Repository> seen_in;
  if (local.known) seen_in = std::move(local.known->seen_in);
  auto repository = choose(route.name, seen_in, request);
  const auto query = list_query(request);
  std::optional<ApiError> refusal;
  if (!query) refusal = query.error();
  if (!repository) refusal = repository.error();
  if (!refusal) refusal = co_await stopped(*repository, request);
  if (refusal) {
    co_await send_error(responder, std::move(*refusal));
    co_return;
  }
  const std::string type(request.query_value("artifactType").value_or(std::string_view()));
  std::string asked = to_text(*query);
  auto page = co_await referrers(std::move(*repository), route.subject, std::move(asked));
  auto work = [type](const std::string& content) { return filter_referrers(content, type); };
  auto index = co_await worked(page, std::move(work));
  if (!index) {
    co_await send_failure(responder, index.error());
    co_return;
  }
  const std::string path = "/v2/" + path_of(route.name) + "/referrers/" + route.subject.text();
  std::string link = next_link(path, (*page)->next_query, request.query_value("ns"));
  http::ResponseHead head = head_of(**page, kOciIndex, std::move(link));
  if (!type.empty()) head.set(kFiltersApplied, "artifactType");
  (void)co_await responder.send(std::move(head), std::move(*index));
}

Awaitable<Result<Lists::SharedPage>> Lists::tags(Repository repository, std::string query) {
  std::string key = repository.text() + "/tags?" + query;
  SingleFlight<SharedPage>::Work work = [this, repository, query] {
    return ask_for_tags(repository, query);
  };
  co_return co_await flights_.run(std::move(key), std::move(work));
}

Awaitable<Result<Lists::SharedPage>> Lists::referrers(Repository repository, Digest subject,
                                                      std::string query) {
  std::string key = repository.text() + "/referrers/" + subject.text() + "?" + query;
  SingleFlight<SharedPage>::Work work = [this, repository, subject, query] {
    return ask_for_referrers(repository, subject, query);
  };
  co_return co_await flights_.run(std::move(key), std::move(work));
}

Awaitable<Result<Lists::SharedPage>> Lists::ask_for_tags(Repository repository, std::string query) {
  auto page = co_await lists_.list_tags(std::move(repository), std::move(query));
  if (!page) co_return fail(page.error());
  co_return std::make_shared<const upstream::ListPage>(std::move(*page));
}

Awaitable<Result<Lists::SharedPage>> Lists::ask_for_referrers(Repository repository, Digest subject,
                                                              std::string query) {
  auto page = co_await lists_.list_referrers(repository, subject, std::move(query));
  if (page) co_return std::make_shared<const upstream::ListPage>(std::move(*page));
  if (page.error().code != Errc::not_found) co_return fail(page.error());
  Reference fallback = referrers_tag(subject);
  std::string accept(kOciIndex);
  auto tagged = co_await manifests_.get_manifest(std::move(repository), std::move(fallback),
                                                 std::move(accept));
  if (!tagged && tagged.error().code != Errc::not_found) co_return fail(tagged.error());
  const auto found = std::make_shared<upstream::ListPage>(no_referrers());
  if (tagged) found->content = std::move(tagged->content);
  if (tagged) found->headers = std::move(tagged->headers);
  co_return found;
}

}  // namespace shoal::mirror
