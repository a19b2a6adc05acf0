#include "transfer/transfers.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "transfer/handles.h"

namespace shoal::transfer {

Transfers::Transfers(Context context) : context_(std::move(context)), ended_(context_.reactor) {}

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
  if (complete.error().code != Errc::not_found) co_return fail(complete.error());
  if (descriptor.size == 0) co_return co_await open_empty(std::move(descriptor), served);

  auto job = [&store = context_.store, descriptor] { return store.create_blob(descriptor); };
  auto blob = co_await offload(context_.disk_pool, std::move(job));
  if (!blob) co_return fail(blob.error());
  if ((*blob)->complete()) co_return std::make_shared<CompleteHandle>(std::move(*blob), served);
  // Another request may have begun the same download meanwhile.
  if (const auto found = active_.find(digest); found != active_.end()) {
    found->second->add_hints(hints);
    co_return std::make_shared<DownloadHandle>(found->second);
  }
  co_return start_download(std::move(*blob), std::move(hints));
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
    if (auto membership = download.release_membership()) keep_seed(digest, std::move(membership));
  }
  active_.erase(digest);
  context_.metrics.transfers.Set(static_cast<double>(active_.size()));
  ended_.notify_all();
}

void Transfers::keep_seed(const Digest& digest, std::unique_ptr<p2p::Membership> membership) {
  const SteadyTime now = std::chrono::steady_clock::now();
  drop_idle_seeds(now);
  if (touch_seed(digest)) return;
  seeds_by_use_.push_front(digest);
  seeds_.emplace(digest, Seed{std::move(membership), now, seeds_by_use_.begin()});
}

bool Transfers::touch_seed(const Digest& digest) {
  const auto found = seeds_.find(digest);
  if (found == seeds_.end()) return false;
  found->second.last_wanted = std::chrono::steady_clock::now();
  seeds_by_use_.splice(seeds_by_use_.begin(), seeds_by_use_, found->second.place);
  return true;
}

void Transfers::drop_idle_seeds(SteadyTime now) {
  while (!seeds_by_use_.empty()) {
    const auto oldest = seeds_.find(seeds_by_use_.back());
    const bool idle = now - oldest->second.last_wanted > context_.options.seed_idle;
    if (!idle && seeds_.size() < context_.options.seeds_max) return;
    seeds_.erase(oldest);
    seeds_by_use_.pop_back();
  }
}

Awaitable<p2p::Holding> Transfers::wanted(Descriptor descriptor) {
  const Digest digest = descriptor.digest;
  if (active_.contains(digest)) co_return p2p::Holding::arriving;
  if (touch_seed(digest)) co_return p2p::Holding::complete;
  auto blob = co_await open_complete(digest);
  if (!blob || (*blob)->descriptor().size != descriptor.size) {
    co_return active_.contains(digest) ? p2p::Holding::arriving : p2p::Holding::none;
  }
  if (!touch_seed(digest)) {
    keep_seed(digest,
              context_.swarm->join(std::move(*blob), std::weak_ptr<p2p::BlobListener>(), false));
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

Awaitable<std::optional<p2p::TagAnswer>> Transfers::resolve(Repository repository, Tag tag) {
  auto job = [&store = context_.store, repository, tag] { return store.tag(repository, tag); };
  auto record = co_await offload(context_.disk_pool, std::move(job));
  if (!record) co_return std::nullopt;
  co_return p2p::TagAnswer(record->descriptor, record->checked_at);
}

Awaitable<Result<Descriptor>> Transfers::describe(Digest digest, SteadyTime deadline) {
  if (context_.swarm == nullptr) co_return fail(Errc::not_found, "there are no peers to ask");
  auto found = co_await context_.swarm->describe(digest, deadline);
  co_return found;
}

Awaitable<Result<ClusterDirectory::TagAnswer>> Transfers::resolve(Repository repository, Tag tag,
                                                                  SteadyTime deadline) {
  if (context_.swarm == nullptr) co_return fail(Errc::not_found, "there are no peers to ask");
  auto found = co_await context_.swarm->resolve(repository, tag, deadline);
  if (!found) co_return fail(found.error());
  co_return TagAnswer(std::move(found->descriptor), found->checked_at);
}

void Transfers::publish(const Repository& repository, const Tag& tag, const TagAnswer& answer) {
  if (context_.swarm == nullptr) return;
  context_.swarm->publish(repository, tag, p2p::TagAnswer(answer.descriptor, answer.checked_at));
}

Awaitable<void> Transfers::stop() {
  std::vector<std::weak_ptr<Download>> running;
  for (const auto& [digest, download] : active_) running.push_back(download);
  for (const auto& weak : running) {
    if (const auto download = weak.lock()) download->cancel();
  }
  seeds_.clear();
  seeds_by_use_.clear();
  // A download lives until its last job on the disk is done.
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (const auto& weak : running) {
    while (!weak.expired() && std::chrono::steady_clock::now() < deadline) {
      co_await sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace shoal::transfer
