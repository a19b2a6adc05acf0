#include "mirror/gate.h"

#include <chrono>
#include <utility>

#include "mirror/manifest_finder.h"

namespace shoal::mirror {
namespace {

using upstream::AccessAnswer;
using upstream::AccessSubject;
using upstream::Asker;

constexpr const char* kNobody = "";  // the key of whoever shows no credential

ApiError not_found(const AccessSubject& subject, const Repository& repository) {
  switch (subject.kind) {
    case AccessSubject::Kind::manifest:
      return ApiError(
          404, "MANIFEST_UNKNOWN",
          "upstream knows no manifest " + subject.reference + " of " + repository.text());
    case AccessSubject::Kind::blob:
      return ApiError(404, "BLOB_UNKNOWN",
                      "upstream knows no blob " + subject.reference + " of " + repository.text());
    case AccessSubject::Kind::list:
      break;
  }
  return ApiError(404, "NAME_UNKNOWN", "upstream knows no repository " + repository.text());
}

// Without a challenge 401 would leave a client nothing to do.
ApiError refused(const Repository& repository, int status, std::vector<std::string> challenges) {
  if (status == 401 && !challenges.empty()) {
    ApiError error(401, "UNAUTHORIZED", "upstream asks for credentials for " + repository.text());
    error.challenges = std::move(challenges);
    return error;
  }
  return ApiError(403, "DENIED", "upstream does not let this client read " + repository.text());
}

ApiError unanswered(const Repository& repository, const std::string& why) {
  return ApiError(503, "UNAVAILABLE",
                  "whether this client may read " + repository.text() +
                      " is not known, and upstream does not say: " + why);
}

ApiError negative(const AccessAnswer& answer, const Wish& wish) {
  if (answer.kind == AccessAnswer::Kind::absent) return not_found(wish.subject, wish.repository);
  if (answer.kind == AccessAnswer::Kind::refused) {
    return refused(wish.repository, answer.status, answer.challenges);
  }
  return unanswered(wish.repository, answer.why);
}

}  // namespace

// Not an aggregate: GCC 12.2 destroys those twice in coroutines.
struct Gate::Ruling {
  explicit Ruling(std::string decision_in, Asker asker_in = Asker::anybody())
      : decision(std::move(decision_in)), asker(std::move(asker_in)) {}
  Ruling(std::string decision_in, ApiError refusal_in)
      : decision(std::move(decision_in)), asker(Asker::anybody()), refusal(std::move(refusal_in)) {}

  std::string decision;  // for metrics
  Asker asker;           // as whom upstream lets it read
  std::optional<ApiError> refusal;
  bool is_confirmed = false;  // upstream said it of the very thing that is asked for
};

std::string authorization_of(const http::Request& request) {
  return std::string(request.header("authorization").value_or(std::string_view()));
}

Gate::Gate(const MirrorOptions& options, Index& index, upstream::AccessSource& upstream,
           transfer::ClusterDirectory& cluster, AccessMemory& memory, Metrics& metrics)
    : options_(options),
      index_(index),
      upstream_(upstream),
      cluster_(cluster),
      memory_(memory),
      metrics_(metrics),
      flights_(kSharedFetchWaitMax) {}

Awaitable<std::optional<ApiError>> Gate::refusal(Wish wish) {
  if (!options_.guards()) co_return std::nullopt;
  auto objection_to_it = co_await objection(wish);
  if (!objection_to_it && !wish.belongs && wish.here) {
    co_await index_.learn(std::move(*wish.here), std::move(wish.repository));
  }
  co_return objection_to_it;
}

Awaitable<std::optional<ApiError>> Gate::objection(Wish wish) {
  Asker asker = Asker::node();
  std::string key = "node";
  if (options_.access_of(wish.repository.registry) == AccessMode::upstream) {
    key = key_of(wish.authorization);
    Ruling ruling = co_await rule(wish, key);
    metrics_.access_decisions(ruling.decision).Increment();
    if (ruling.refusal) co_return std::move(ruling.refusal);
    if (ruling.is_confirmed) co_return std::nullopt;
    asker = std::move(ruling.asker);
    if (asker.kind == Asker::Kind::anybody) key = kNobody;
  }
  if (wish.belongs) co_return std::nullopt;
  const bool is_open = asker.kind == Asker::Kind::anybody;
  const AccessAnswer answer =
      co_await ask(wish.repository, wish.subject, std::move(asker), std::move(key));
  if (answer.kind == AccessAnswer::Kind::granted) co_return std::nullopt;
  if (answer.kind == AccessAnswer::Kind::unknown && is_open) {
    const bool by_cluster =
        co_await open_by_cluster(wish.repository, wish.subject, std::chrono::seconds::max());
    if (by_cluster) co_return std::nullopt;
  }
  co_return negative(answer, wish);
}

Awaitable<Gate::Ruling> Gate::rule(Wish wish, std::string key) {
  const AccessTerms& terms = options_.access_terms;
  co_await recall_open(wish.repository);
  const auto now = SteadyClock::now();
  const auto open = memory_.find(wish.repository, kNobody);
  if (open && open->is_granted && now - open->at < terms.open) co_return Ruling("open");
  const auto known = memory_.find(wish.repository, key);
  if (known && known->is_granted && !key.empty() && now - known->at < terms.client) {
    co_return Ruling("client", Asker::client(wish.authorization));
  }
  if (known && !known->is_granted && now - known->at < terms.refusal) {
    co_return Ruling("refused", refused(wish.repository, known->status, known->challenges));
  }
  const bool by_cluster = co_await open_by_cluster(wish.repository, wish.subject, terms.open);
  if (by_cluster) co_return told_by_cluster();
  co_return co_await ask_upstream(std::move(wish), std::move(key));
}

// The nodes say it of a tag, or of a digest that belongs there.
Gate::Ruling Gate::told_by_cluster() {
  Ruling ruling("cluster");
  ruling.is_confirmed = true;
  return ruling;
}

Awaitable<Gate::Ruling> Gate::ask_upstream(Wish wish, std::string key) {
  Asker asker = key.empty() ? Asker::anybody() : Asker::client(wish.authorization);
  const AccessAnswer answer = co_await ask(wish.repository, wish.subject, asker, key);
  const auto now = SteadyClock::now();
  switch (answer.kind) {
    case AccessAnswer::Kind::granted: {
      if (key.empty()) {
        co_await note_open(wish.repository, SystemClock::now());
      } else {
        memory_.grant(wish.repository, key, now);
      }
      Ruling ruling(key.empty() ? "open" : "client", std::move(asker));
      ruling.is_confirmed = true;
      co_return ruling;
    }
    case AccessAnswer::Kind::refused: {
      const bool was_open = key.empty() && memory_.is_open(wish.repository);
      memory_.refuse(wish.repository, key, answer.status, answer.challenges, now);
      if (was_open) co_await index_.put_open(wish.repository, std::nullopt);
      co_return Ruling("refused", negative(answer, wish));
    }
    case AccessAnswer::Kind::absent:
      co_return Ruling("absent", negative(answer, wish));
    case AccessAnswer::Kind::unknown:
      break;
  }
  co_return co_await without_upstream(std::move(wish), std::move(key), answer.why);
}

Awaitable<Gate::Ruling> Gate::without_upstream(Wish wish, std::string key, std::string why) {
  // However old: it was public, and only its registry could say otherwise.
  if (memory_.is_open(wish.repository)) co_return Ruling("grace");
  const auto known = memory_.find(wish.repository, key);
  const auto now = SteadyClock::now();
  if (known && known->is_granted && now - known->at < options_.access_terms.grace) {
    co_return Ruling("grace", Asker::client(wish.authorization));
  }
  const bool by_cluster =
      co_await open_by_cluster(wish.repository, wish.subject, std::chrono::seconds::max());
  if (by_cluster) co_return told_by_cluster();
  co_return Ruling("unknown", unanswered(wish.repository, why));
}

Awaitable<void> Gate::recall_open(Repository repository) {
  if (memory_.find(repository, kNobody)) co_return;
  const auto since = co_await index_.open_since(repository);
  if (!since || memory_.find(repository, kNobody)) co_return;
  memory_.grant(repository, kNobody, to_steady(*since));
}

Awaitable<void> Gate::note_open(Repository repository, SystemTime checked_at) {
  memory_.grant(repository, kNobody, to_steady(checked_at));
  co_await index_.put_open(std::move(repository), checked_at);
}

std::string Gate::key_of(const std::string& authorization) const {
  return authorization.empty() ? kNobody : hash_.of(authorization);
}

Awaitable<bool> Gate::open_by_cluster(Repository repository, AccessSubject subject,
                                      std::chrono::seconds age_max) {
  if (subject.kind == AccessSubject::Kind::list) co_return false;
  const auto reference = parse_reference(subject.reference);
  if (!reference) co_return false;
  const auto deadline = SteadyClock::now() + options_.peer_resolve_timeout;
  const auto told = co_await cluster_.resolve(repository, *reference, deadline);
  if (!told || !told->is_open || age_of(told->checked_at) > age_max) co_return false;
  co_await note_open(std::move(repository), told->checked_at);
  co_return true;
}

Awaitable<AccessAnswer> Gate::ask(Repository repository, AccessSubject subject, Asker asker,
                                  std::string key) {
  std::string flight = repository.text() + "\n" + std::to_string(static_cast<int>(subject.kind)) +
                       "\n" + subject.reference + "\n" + key;
  SingleFlight<AccessAnswer>::Work work = [this, repository, subject,
                                           asker]() -> Awaitable<Result<AccessAnswer>> {
    co_return co_await upstream_.ask_access(repository, subject, asker);
  };
  auto answer = co_await flights_.run(std::move(flight), std::move(work));
  if (answer) co_return std::move(*answer);
  AccessAnswer unknown(AccessAnswer::Kind::unknown);
  unknown.why = answer.error().message;
  co_return unknown;
}

Awaitable<ApiError> Gate::explained(Wish wish, Errc code, ApiError otherwise) {
  const bool is_ours = options_.access_of(wish.repository.registry) == AccessMode::upstream;
  if (code != Errc::unauthorized || !is_ours || wish.authorization.empty()) co_return otherwise;
  memory_.forget(wish.repository, key_of(wish.authorization));
  auto again = co_await refusal(std::move(wish));
  co_return again ? std::move(*again) : std::move(otherwise);
}

}  // namespace shoal::mirror
