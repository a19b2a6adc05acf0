#include "upstream/client.h"

#include <utility>

#include "upstream/access_check.h"
#include "upstream/authenticator.h"
#include "upstream/connector.h"
#include "upstream/list_fetch.h"
#include "upstream/manifest_fetch.h"
#include "upstream/pool.h"
#include "upstream/range_fetch.h"
#include "upstream/registry_table.h"
#include "upstream/requester.h"
#include "upstream/resolver.h"
#include "upstream/stop_signal.h"
#include "upstream/transport.h"

namespace shoal::upstream {
namespace {

PoolOptions pool_options(const ClientOptions& options) {
  PoolOptions out;
  out.connections_per_host_max = options.connections_per_host_max;
  out.wait_max = options.header_timeout + options.read_timeout;
  return out;
}

TransportTimeouts timeouts(const ClientOptions& options) {
  TransportTimeouts out;
  out.header = options.header_timeout;
  out.read = options.read_timeout;
  return out;
}

RetryOptions retry_options(const ClientOptions& options) {
  RetryOptions out;
  out.attempts_max = options.attempts_max;
  out.backoff_base = options.backoff_base;
  out.backoff_max = options.backoff_max;
  return out;
}

}  // namespace

// The parts, in the order they need each other. Each call holds it, so that a call outlives the
// Client where it must, to end with canceled.
class Client::Impl {
 public:
  Impl(asio::io_context& io, asio::thread_pool& disk_pool, const ClientOptions& options,
       RegistryTable registries_in, Metrics& metrics)
      : registries(std::move(registries_in)),
        resolver(io.get_executor(), disk_pool, stop),
        connector(io.get_executor(), resolver, stop, metrics, options.connect_timeout),
        pool(io.get_executor(), connector, stop, pool_options(options)),
        pace(options.bytes_per_second_max, stop),
        transport(pool, pace, metrics, timeouts(options)),
        authenticator(io.get_executor(), transport),
        requester(transport, authenticator, guests, stop, metrics, retry_options(options)),
        access(requester, guests),
        manifests(requester),
        lists(requester),
        blobs(requester) {}

  Result<Registry> registry(const Repository& repository) const {
    if (stop.stopped()) return fail(Errc::canceled, "the upstream client is stopping");
    return registries.find(repository);
  }

  StopSignal stop;
  RegistryTable registries;
  SystemResolver resolver;
  Connector connector;
  Pool pool;
  Pace pace;
  Transport transport;
  Authenticator authenticator;
  Guests guests;
  Requester requester;
  AccessCheck access;
  ManifestFetch manifests;
  ListFetch lists;
  RangeFetch blobs;
};

Result<std::unique_ptr<Client>> Client::create(asio::io_context& io, asio::thread_pool& disk_pool,
                                               ClientOptions options, Metrics& metrics) {
  auto registries = RegistryTable::create(options);
  if (!registries) return fail(registries.error());
  auto impl = std::make_shared<Impl>(io, disk_pool, options, std::move(*registries), metrics);
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Client::Client(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() {
  stop();
}

void Client::stop() {
  impl_->stop.stop();
  impl_->pool.close_idle();
}

Access Client::access(const Repository& repository) const {
  return impl_->registries.access(repository);
}

Awaitable<Result<ManifestHead>> Client::head_manifest(Repository repository, Reference reference,
                                                      std::string accept) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  co_return co_await impl->manifests.head(*registry, repository, reference, accept);
}

Awaitable<Result<Manifest>> Client::get_manifest(Repository repository, Reference reference,
                                                 std::string accept) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  co_return co_await impl->manifests.get(*registry, repository, reference, accept);
}

Awaitable<Result<Descriptor>> Client::head_blob(Repository repository, Digest digest) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  co_return co_await impl->manifests.head_blob(*registry, repository, digest);
}

Awaitable<Result<ListPage>> Client::list_tags(Repository repository, std::string query) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  const std::string path = "tags/list";
  co_return co_await impl->lists.get(*registry, repository, path, query);
}

Awaitable<Result<ListPage>> Client::list_referrers(Repository repository, Digest subject,
                                                   std::string query) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  const std::string path = "referrers/" + subject.text();
  co_return co_await impl->lists.get(*registry, repository, path, query);
}

Awaitable<AccessAnswer> Client::ask_access(Repository repository, AccessSubject subject,
                                           Asker asker) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) {
    AccessAnswer answer(AccessAnswer::Kind::unknown);
    answer.why = registry.error().message;
    co_return answer;
  }
  co_return co_await impl->access.ask(*registry, repository, subject, asker);
}

Awaitable<Result<ByteRange>> Client::get_blob(Repository repository, Digest digest, ByteRange range,
                                              BodySink& sink) {
  const auto impl = impl_;
  const auto registry = impl->registry(repository);
  if (!registry) co_return fail(registry.error());
  co_return co_await impl->blobs.get(*registry, repository, digest, range, sink);
}

}  // namespace shoal::upstream
