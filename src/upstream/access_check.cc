#include "upstream/access_check.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "upstream/challenge.h"
#include "upstream/media_types.h"
#include "upstream/retry.h"

namespace shoal::upstream {
namespace {

using Kind = AccessAnswer::Kind;

constexpr std::size_t kChallengesMax = 4;
constexpr std::size_t kChallengeBytesMax = 4 * 1024;

HttpRequest question(const char* method, const Registry& place, const Repository& repository,
                     const AccessSubject& subject) {
  const std::string base = "/v2/" + repository.name.text();
  switch (subject.kind) {
    case AccessSubject::Kind::manifest: {
      HttpRequest request(method, place.url(base + "/manifests/" + subject.reference));
      request.set("Accept", kManifestTypes);
      return request;
    }
    case AccessSubject::Kind::blob: {
      HttpRequest request(method, place.url(base + "/blobs/" + subject.reference));
      if (request.method == "GET") request.set("Range", "bytes=0-0");
      return request;
    }
    case AccessSubject::Kind::list:
      break;
  }
  return HttpRequest(method, place.url(base + "/tags/list?n=1"));
}

std::vector<std::string> challenges_of(const ResponseHead& head) {
  std::vector<std::string> out;
  for (const auto& [name, value] : head.headers) {
    const bool usable = name == "www-authenticate" && value.size() <= kChallengeBytesMax &&
                        is_printable_ascii(value) && out.size() < kChallengesMax;
    if (usable) out.push_back(value);
  }
  return out;
}

bool offers_tokens(const AccessAnswer& answer) {
  return std::any_of(
      answer.challenges.begin(), answer.challenges.end(), [](const std::string& header) {
        const auto challenges = parse_challenges(header);
        return std::any_of(challenges.begin(), challenges.end(),
                           [](const Challenge& one) { return one.scheme == "bearer"; });
      });
}

bool is_refusal(const Error& error) {
  return error.code == Errc::unauthorized || error.code == Errc::denied;
}

AccessAnswer negative(Kind kind, const Error& error) {
  AccessAnswer answer(kind);
  answer.why = error.message;
  return answer;
}

}  // namespace

Awaitable<AccessAnswer> AccessCheck::ask(const Registry& registry, const Repository& repository,
                                         const AccessSubject& subject, const Asker& asker) {
  const auto once = [&](const Registry& place) {
    return ask_place(place, repository, subject, asker);
  };
  auto answer = co_await requester_.tried_once(registry, once);
  if (answer) co_return std::move(*answer);
  co_return negative(is_refusal(answer.error()) ? Kind::refused : Kind::unknown, answer.error());
}

Awaitable<Result<AccessAnswer>> AccessCheck::ask_place(const Registry& place,
                                                       const Repository& repository,
                                                       const AccessSubject& subject,
                                                       const Asker& asker) {
  switch (asker.kind) {
    case Asker::Kind::anybody:
      co_return co_await ask_as_anybody(place, repository, subject);
    case Asker::Kind::node:
      co_return co_await ask_with(place, repository, subject, nullptr);
    case Asker::Kind::client:
      break;
  }
  auto answer = co_await ask_with(place, repository, subject, &asker.authorization);
  if (answer && answer->kind == Kind::granted) {
    guests_.lend(place.id, repository.name, asker.authorization, std::chrono::steady_clock::now());
  }
  co_return answer;
}

Awaitable<Result<AccessAnswer>> AccessCheck::ask_as_anybody(const Registry& place,
                                                            const Repository& repository,
                                                            const AccessSubject& subject) {
  const std::string nothing;
  auto bare = co_await ask_with(place, repository, subject, &nothing);
  if (!bare || bare->kind != Kind::refused || !offers_tokens(*bare)) co_return bare;
  // Public content behind tokens that everybody gets, as Docker Hub's: a place without credentials, and
  // with a name of its own so that this node's tokens are not taken for anybody's.
  Registry stranger = place;
  stranger.credentials = nullptr;
  stranger.id += " anybody";
  auto answer = co_await ask_with(stranger, repository, subject, nullptr);
  if (answer && answer->kind == Kind::granted) co_return answer;
  if (!answer && !is_refusal(answer.error())) co_return answer;
  if (answer && answer->kind == Kind::unknown) co_return answer;
  co_return bare;  // it has the challenge that the client must answer
}

Awaitable<Result<AccessAnswer>> AccessCheck::ask_with(const Registry& place,
                                                      const Repository& repository,
                                                      const AccessSubject& subject,
                                                      const std::string* authorization) {
  const bool has_head = subject.kind != AccessSubject::Kind::list;
  const HttpRequest light = question(has_head ? "HEAD" : "GET", place, repository, subject);
  auto answer = co_await send(place, repository, light, authorization);
  const bool refuses_head =
      answer && (answer->status == 400 || answer->status == 405 || answer->status == 501);
  if (!has_head || !refuses_head) co_return answer;
  const HttpRequest full = question("GET", place, repository, subject);
  co_return co_await send(place, repository, full, authorization);
}

Awaitable<Result<AccessAnswer>> AccessCheck::send(const Registry& place,
                                                  const Repository& repository,
                                                  const HttpRequest& request,
                                                  const std::string* authorization) {
  CallManner manner;
  manner.authorization = authorization;
  // Where a blob's bytes lie it need not be asked: that it leads there says enough.
  manner.is_led = request.url.path().find("/blobs/") == std::string_view::npos;
  auto reply = co_await requester_.call(place, repository, request, manner);
  if (!reply) co_return fail(reply.error());
  const ResponseHead head = reply->response.head();
  if (request.method != "HEAD") co_await reply->response.discard();
  AccessAnswer answer(Kind::granted);
  answer.status = head.status;
  if (head.status >= 200 && head.status < 400) co_return answer;
  const Error error = error_of_status(head, request.brief());
  answer.why = error.message;
  answer.kind = Kind::unknown;
  if (head.status == 404) answer.kind = Kind::absent;
  if (head.status == 401 || head.status == 403) answer.kind = Kind::refused;
  if (head.status == 401) answer.challenges = challenges_of(head);
  // Another place may be of more help than one that fails or limits us.
  const bool place_fails = head.status >= 500 || head.status == 429 || head.status == 408;
  if (place_fails && head.status != 501) co_return fail(error);
  co_return answer;
}

}  // namespace shoal::upstream
