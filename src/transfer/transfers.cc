#include "transfer/transfers.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "transfer/handles.h"

namespace shoal::transfer {
namespace {

// What this node may tell another of a tag, or of a digest in a repository.
std::optional<Resolution> known_answer(const store::Store& store, const Repository& repository,
                                       const Reference& reference) {
  const auto open_since = store.open_since(repository);
  if (const auto* tag = std::get_if<Tag>(&reference)) {
    const auto record = store.tag(repository, *tag);
    if (!record) return std::nullopt;
    return Resolution(record->descriptor, record->checked_at, open_since.has_value());
  }
  const auto known = store.describe(std::get<Digest>(reference));
  if (!known || !open_since || !contains(known->seen_in, repository)) return std::nullopt;
  return Resolution(known->descriptor, *open_since, true);
}

// The swarm's thread lets go of a blob as soon as it gets to it.
constexpr std::chrono::milliseconds kSeedsGoneMax{5000};
constexpr std::chrono::milliseconds kSeedsGoneCheck{20};

}  // namespace

Transfers::Transfers(Context context)
    : context_(std::move(context)), seeds_(context_.options), ended_(context_.reactor) {}

Transfers::~Transfers() = default;

Awaitable<Result<std::shared_ptr<store::BlobFile>>> Transfers::open_complete(Digest digest) {
  auto job = [&store = context_.store, digest] { return store.open_blob(digest); };
  auto blob = co_await offload(context_.disk_pool, std::move(job));
  co_return blob;
}

Awaitable<Result<std::shared_ptr<BlobHandle>>> Transfers::open(Descriptor descriptor,
                                                               std::vector<Repository> hints) {
  if (descriptor.size > kBlobBytesMax) {
    co_return fail(Errc::invalid_argument,
                   "blob " + descriptor.digest.text() + " claims over 4 TiB");
  }
  if (const auto found = active_.find(descriptor.digest); found != active_.end()) {
    found->second->add_hints(hints);
    co_return std::make_shared<DownloadHandle>(found->second);
  }
  const Digest digest = descriptor.digest;
  prometheus::Counter& served =
      context_.downloads.bytes(context_.downloads.label(hints), ByteSource::disk);
  auto complete = co_await open_complete(digest);
  if (complete) co_return std::make_shared<CompleteHandle>(std::move(*complete), served);
  const Errc why_not = complete.error().code;
  if (cannot_store(why_not)) co_return pass(std::move(descriptor), hints, why_not);
  if (why_not != Errc::not_found) co_return fail(complete.error());
  if (descriptor.size == 0) co_return co_await open_empty(std::move(descriptor), served);

  auto blob = co_await make_place(descriptor);
  if (!blob && cannot_store(blob.error().code)) {
    co_return pass(std::move(descriptor), hints, blob.error().code);
  }
  if (!blob) co_return fail(blob.error());
  if ((*blob)->complete()) co_return std::make_shared<CompleteHandle>(std::move(*blob), served);
  // Another request may have begun the same download meanwhile.
  if (const auto found = active_.find(digest); found != active_.end()) {
    found->second->add_hints(hints);
    co_return std::make_shared<DownloadHandle>(found->second);
  }
  co_return start_download(std::move(*blob), std::move(hints));
}

Awaitable<Result<std::shared_ptr<store::BlobFile>>> Transfers::make_place(Descriptor descriptor) {
  const auto job = [&store = context_.store, descriptor] { return store.create_blob(descriptor); };
  auto blob = co_await offload(context_.disk_pool, job);
  const auto is_full = [&] { return !blob && blob.error().code == Errc::too_large; };
  if (!is_full() || seeds_.idle_bytes() == 0) co_return blob;
  const auto look = [&store = context_.store] { return store.space(); };
  const auto space = co_await offload(context_.disk_pool, look);
  if (!space) co_return blob;
  const std::uint64_t wanted = space->held.occupied + store::occupied_by(descriptor.size);
  const std::uint64_t lacking = wanted - std::min(wanted, space->limit + space->held.evictable);
  if (descriptor.size > space->limit || lacking > seeds_.idle_bytes()) co_return blob;
  seeds_.release(lacking);
  const SteadyTime deadline = std::chrono::steady_clock::now() + kSeedsGoneMax;
  while (is_full() && std::chrono::steady_clock::now() < deadline) {
    co_await sleep_for(kSeedsGoneCheck);
    blob = co_await offload(context_.disk_pool, job);
  }
  co_return blob;
}

Result<std::shared_ptr<BlobHandle>> Transfers::pass(Descriptor descriptor,
                                                    const std::vector<Repository>& hints,
                                                    Errc why) {
  UpstreamRoute route;
  route.add(hints);
  auto passage = Passage::begin(context_, std::move(descriptor), std::move(route),
                                context_.downloads.label(hints), why);
  if (!passage) return fail(std::move(passage.error()));
  return std::make_shared<PassageHandle>(std::move(*passage));
}

Awaitable<Result<std::shared_ptr<BlobHandle>>> Transfers::open_empty(Descriptor descriptor,
                                                                     prometheus::Counter& served) {
  auto job = [&store = context_.store, descriptor]() -> Result<std::shared_ptr<store::BlobFile>> {
    auto blob = store.create_blob(descriptor);
    if (!blob || (*blob)->complete()) return blob;
    if (auto done = store.commit(**blob); !done) return fail(done.error());
    return blob;
  };
  auto blob = co_await offload(context_.disk_pool, std::move(job));
  if (!blob) co_return fail(blob.error());
  co_return std::make_shared<CompleteHandle>(std::move(*blob), served);
}

std::shared_ptr<BlobHandle> Transfers::start_download(std::shared_ptr<store::BlobFile> blob,
                                                      std::vector<Repository> hints) {
  const Digest digest = blob->descriptor().digest;
  auto download = std::make_shared<Download>(context_, std::move(blob), std::move(hints),
                                             [this](Download& ended) { download_ended(ended); });
  active_.emplace(digest, download);
  context_.metrics.transfers.Set(static_cast<double>(active_.size()));
  auto handle = std::make_shared<DownloadHandle>(download);
  download->start();
  return handle;
}

void Transfers::download_ended(Download& download) {
  const Digest& digest = download.descriptor().digest;
  if (download.state() == Download::State::complete) {
    if (auto membership = download.release_membership()) {
      auto feed = download.release_feed();
      if (feed) feed->retire();
      seeds_.keep(digest, download.descriptor().size, std::move(membership), std::move(feed));
    }
  }
  active_.erase(digest);
  context_.metrics.transfers.Set(static_cast<double>(active_.size()));
  ended_.notify_all();
}

Awaitable<p2p::Holding> Transfers::wanted(Descriptor descriptor) {
  const Digest digest = descriptor.digest;
  if (active_.contains(digest)) co_return p2p::Holding::arriving;
  if (seeds_.touch(digest)) co_return p2p::Holding::complete;
  auto blob = co_await open_complete(digest);
  if (!blob || (*blob)->descriptor().size != descriptor.size) {
    co_return active_.contains(digest) ? p2p::Holding::arriving : p2p::Holding::none;
  }
  if (!seeds_.touch(digest)) {
    p2p::SwarmView view(digest, (*blob)->layout().count(), context_.swarm->self());
    auto feed = std::make_shared<SwarmFeed>(std::move(view));
    auto membership = context_.swarm->join(std::move(*blob), feed, false);
    seeds_.keep(digest, descriptor.size, std::move(membership), std::move(feed));
  }
  co_return p2p::Holding::complete;
}

Awaitable<std::optional<Descriptor>> Transfers::describe(Digest digest) {
  if (const auto found = active_.find(digest); found != active_.end()) {
    co_return found->second->descriptor();
  }
  auto job = [&store = context_.store, digest]() -> std::optional<Descriptor> {
    if (!store.open_blob(digest)) return std::nullopt;
    auto known = store.describe(digest);
    return known ? std::optional<Descriptor>(known->descriptor) : std::nullopt;
  };
  auto known = co_await offload(context_.disk_pool, std::move(job));
  co_return known;
}

Awaitable<std::optional<Resolution>> Transfers::resolve(Repository repository,
                                                        Reference reference) {
  auto job = [&store = context_.store, repository, reference] {
    return known_answer(store, repository, reference);
  };
  co_return co_await offload(context_.disk_pool, std::move(job));
}

Awaitable<Result<Descriptor>> Transfers::describe(Digest digest, SteadyTime deadline) {
  if (context_.swarm == nullptr) co_return fail(Errc::not_found, "there are no peers to ask");
  auto found = co_await context_.swarm->describe(digest, deadline);
  co_return found;
}

Awaitable<Result<Resolution>> Transfers::resolve(Repository repository, Reference reference,
                                                 SteadyTime deadline) {
  if (context_.swarm == nullptr) co_return fail(Errc::not_found, "there are no peers to ask");
  auto found = co_await context_.swarm->resolve(repository, reference, deadline);
  co_return found;
}

void Transfers::publish(const Repository& repository, const Tag& tag, const Resolution& answer) {
  if (context_.swarm != nullptr) context_.swarm->publish(repository, tag, answer);
}

Awaitable<void> Transfers::stop() {
  std::vector<std::weak_ptr<Download>> running;
  for (const auto& [digest, download] : active_) running.push_back(download);
  for (const auto& weak : running) {
    if (const auto download = weak.lock()) download->cancel();
  }
  seeds_.clear();
  // A download lives until its last job on the disk is done.
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (const auto& weak : running) {
    while (!weak.expired() && std::chrono::steady_clock::now() < deadline) {
      co_await sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace shoal::transfer
