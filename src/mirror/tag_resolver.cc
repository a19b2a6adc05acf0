#include "mirror/tag_resolver.h"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "base/event.h"
#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

constexpr std::chrono::milliseconds kSettleCheck{20};

// Whether an error says that the registry could not answer, rather than what it answers.
bool leaves_open(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::rate_limited ||
         code == Errc::protocol;
}

}  // namespace

struct TagResolver::Asking {
  explicit Asking(asio::any_io_executor executor) : answered(std::move(executor)) {}
  Event answered;
  std::optional<Result<TagAnswer>> answer;
};

TagResolver::TagResolver(const MirrorOptions& options, Index& index, ManifestFinder& finder,
                         upstream::ManifestSource& upstream, transfer::ClusterDirectory& cluster,
                         const AccessMemory& access)
    : options_(options),
      index_(index),
      finder_(finder),
      upstream_(upstream),
      cluster_(cluster),
      access_(access),
      flights_(kSharedFetchWaitMax) {}

Awaitable<Result<TagAnswer>> TagResolver::resolve(Repository repository, Tag tag,
                                                  std::string accept) {
  // A registry may answer another Accept with another digest. No part of the key holds a newline.
  std::string key = repository.text() + ":" + tag.text() + "\n" + accept;
  SingleFlight<TagAnswer>::Work work = [this, repository, tag, accept] {
    return ask(repository, tag, accept);
  };
  co_return co_await flights_.run(std::move(key), std::move(work));
}

Awaitable<Result<TagAnswer>> TagResolver::ask(Repository repository, Tag tag, std::string accept) {
  if (options_.policy_of(repository.registry).offline) {
    Error unknown(Errc::not_found, "no node remembers " + repository.text() + ":" + tag.text() +
                                       ", and the configuration says not to ask its registry");
    auto recalled = co_await recall(std::move(repository), std::move(tag), std::move(unknown));
    if (recalled) recalled->stale_age.reset();  // nobody expects a newer one
    co_return recalled;
  }
  if (accepts_index(accept)) {
    const auto fresh = co_await fresh_record(repository, tag);
    if (fresh) {
      auto found = co_await finder_.find(fresh->descriptor.digest, repository, accept);
      if (found) co_return TagAnswer(std::move(*found));
    }
  }
  auto answer = co_await ask_patiently(repository, tag, std::move(accept));
  if (answer || !leaves_open(answer.error().code)) co_return answer;
  Error why = answer.error();
  co_return co_await recall(std::move(repository), std::move(tag), std::move(why));
}

// Where hundreds of nodes start together the registry's line is full, and who comes late cannot even
// connect to it: 16 of 32 nodes waited 22 s for the answer that the others had long had.
Awaitable<Result<TagAnswer>> TagResolver::ask_patiently(Repository repository, Tag tag,
                                                        std::string accept) {
  const auto executor = co_await asio::this_coro::executor;
  const auto asking = std::make_shared<Asking>(executor);
  ++asking_;
  spawn(executor, "tag", ask_in_background(asking, repository, tag, accept));
  const SteadyTime patience = std::chrono::steady_clock::now() + options_.upstream_patience;
  bool in_time = true;
  while (in_time && !asking->answer) in_time = co_await asking->answered.wait_until(patience);
  if (!asking->answer && accepts_index(accept)) {
    auto recent = co_await recall_recent(std::move(repository), std::move(tag));
    if (recent) co_return std::move(*recent);
  }
  while (!asking->answer) co_await asking->answered.wait_until(SteadyTime::max());
  Result<TagAnswer> answer = *asking->answer;
  co_return answer;
}

// Goes on when nobody waits for it any more: the next who asks finds the record.
Awaitable<void> TagResolver::ask_in_background(std::shared_ptr<Asking> asking,
                                               Repository repository, Tag tag, std::string accept) {
  try {
    Result<TagAnswer> answer =
        co_await ask_upstream(std::move(repository), std::move(tag), std::move(accept));
    asking->answer.emplace(std::move(answer));
  } catch (...) {
    asking->answer.emplace(fail(Errc::internal, "an exception ended the work"));
    --asking_;
    asking->answered.notify_all();
    throw;
  }
  --asking_;
  asking->answered.notify_all();
}

Awaitable<void> TagResolver::settle(SteadyTime deadline) {
  while (asking_ > 0 && std::chrono::steady_clock::now() < deadline) {
    co_await sleep_for(kSettleCheck);
  }
}

Awaitable<Result<TagAnswer>> TagResolver::ask_upstream(Repository repository, Tag tag,
                                                       std::string accept) {
  const auto asked_at = SystemClock::now();
  Reference reference = tag;
  auto head = co_await upstream_.head_manifest(repository, std::move(reference), accept);
  if (!head) co_return fail(head.error());
  upstream::PassedHeaders headers = std::move(head->headers);
  auto found = co_await manifest_of(std::move(*head), repository, accept);
  if (!found) co_return fail(found.error());
  // Only now: a record whose content cannot be had would replace one that still served.
  if (accepts_index(accept)) {
    store::TagRecord record((*found)->manifest.descriptor, asked_at);
    const Resolution told(record.descriptor, asked_at, access_.is_open(repository));
    cluster_.publish(repository, tag, told);
    co_await index_.put_tag(std::move(repository), std::move(tag), std::move(record));
  }
  TagAnswer answer(std::move(*found));
  answer.headers = std::move(headers);
  co_return answer;
}

Awaitable<Result<SharedManifest>> TagResolver::manifest_of(upstream::ManifestHead head,
                                                           Repository repository,
                                                           std::string accept) {
  if (!head.content) {
    co_return co_await finder_.find(std::move(head.descriptor.digest), std::move(repository),
                                    std::move(accept));
  }
  upstream::Manifest manifest(std::move(head.descriptor), std::move(*head.content));
  co_return co_await finder_.keep(std::move(manifest), std::move(repository));
}

Awaitable<Result<TagAnswer>> TagResolver::recall(Repository repository, Tag tag, Error why) {
  const auto records = co_await remembered(repository, tag);
  for (const store::TagRecord& record : records) {
    auto found = co_await finder_.find_nearby(record.descriptor.digest, repository);
    if (!found) continue;
    TagAnswer answer(std::move(*found));
    answer.stale_age = std::chrono::duration_cast<std::chrono::seconds>(age_of(record.checked_at));
    co_await index_.put_tag(std::move(repository), std::move(tag), record);
    co_return answer;
  }
  co_return fail(why);
}

Awaitable<std::optional<TagAnswer>> TagResolver::recall_recent(Repository repository, Tag tag) {
  const auto records = co_await remembered(repository, tag);
  for (const store::TagRecord& record : records) {
    if (age_of(record.checked_at) > options_.recent_answer) continue;
    auto found = co_await finder_.find_nearby(record.descriptor.digest, repository);
    if (!found) continue;
    co_await index_.put_tag(std::move(repository), std::move(tag), record);
    co_return TagAnswer(std::move(*found));
  }
  co_return std::nullopt;
}

Awaitable<std::optional<store::TagRecord>> TagResolver::fresh_record(Repository repository,
                                                                     Tag tag) {
  const auto freshness = options_.policy_of(repository.registry).freshness;
  if (freshness.count() == 0) co_return std::nullopt;
  auto record = co_await index_.tag(std::move(repository), std::move(tag));
  if (record && age_of(record->checked_at) >= freshness) record.reset();
  co_return record;
}

Awaitable<std::vector<store::TagRecord>> TagResolver::remembered(Repository repository, Tag tag) {
  std::vector<store::TagRecord> records;
  auto own = co_await index_.tag(repository, tag);
  if (own) records.push_back(std::move(*own));
  const auto deadline = std::chrono::steady_clock::now() + options_.peer_resolve_timeout;
  auto theirs = co_await cluster_.resolve(std::move(repository), std::move(tag), deadline);
  if (theirs) {
    // A peer whose clock is ahead must not win for ever.
    const auto checked_at = std::min(theirs->checked_at, SystemClock::now());
    const bool fresher = records.empty() || checked_at > records.front().checked_at;
    store::TagRecord record(std::move(theirs->descriptor), checked_at);
    records.insert(fresher ? records.begin() : records.end(), std::move(record));
  }
  co_return records;
}

}  // namespace shoal::mirror
