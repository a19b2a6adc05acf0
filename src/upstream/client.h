#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/byte_range.h"
#include "base/descriptor.h"
#include "base/metrics.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/access_source.h"
#include "upstream/blob_fetcher.h"
#include "upstream/list_source.h"
#include "upstream/manifest_source.h"

namespace shoal::upstream {

// One upstream registry, as configured.
struct RegistryOptions {
  std::string url;      // "https://registry-1.docker.io"; http or https, no path needed
  std::string ca_file;  // PEM, on top of the system's CAs; empty = none
  // Other places of the same content, asked in this order where `url` is of no help.
  std::vector<std::string> fallback_urls{};
  std::string client_cert_file{};  // PEM, shown to the URLs above and to nobody else; empty = none
  std::string client_key_file{};
  std::string http_proxy{};  // "http://host:port", kProxyDirect, or empty: as ClientOptions says
  std::vector<std::string> allow{};  // RepositoryFilter's patterns
  std::vector<std::string> deny{};
};

// The registry is asked without a proxy, whatever the others are asked through.
inline constexpr const char* kProxyDirect = "direct";

struct ClientOptions {
  std::map<std::string, RegistryOptions> registries;  // by registry name ("docker.io")
  bool allow_unconfigured = false;      // may registries not listed be asked at https://<name>?
  std::filesystem::path docker_config;  // a docker config.json with credentials; empty = none
  std::string extra_ca_file;            // PEM, for all registries; empty = none
  std::string http_proxy;               // "http://host:port" for all registries; empty = none
  std::size_t connections_per_host_max = 16;
  std::uint64_t bytes_per_second_max = 0;           // of all bodies together; 0 = no limit
  std::chrono::milliseconds connect_timeout{5000};  // DNS, TCP and TLS together, per attempt
  std::chrono::milliseconds header_timeout{
      15000};                                     // from the request sent to the response's header
  std::chrono::milliseconds read_timeout{15000};  // without a single body byte
  int attempts_max = 4;                           // per request, jittered back-off between them
  std::chrono::milliseconds backoff_base{100};    // doubled each time
  std::chrono::milliseconds backoff_max{3000};
};

// The client of OCI registries: challenges and tokens, redirects, pooled connections, retries.
// Everything a registry sends is taken as hostile: sizes, headers and redirects have limits, realms
// and redirects may not lead from a public registry to a private address.
//
// Errors of all calls: not_found (404); unauthorized (401 with all we have); denied (403);
// rate_limited (429 after retries, with retry_after_s); unavailable (cannot connect, 5xx after
// retries); timeout; protocol; too_large; invalid_argument (a registry nobody configured); denied also
// for a repository that the configuration does not let us read. Messages
// name the registry and the request, never a credential.
// Thread  the io_context's single thread.
class Client final : public ManifestSource,
                     public ListSource,
                     public AccessSource,
                     public BlobFetcher {
 public:
  // Files are read once, here. Errors  invalid_argument: names the file or URL that is wrong.
  // `disk_pool` is for DNS (getaddrinfo blocks); both must outlive the client, as `metrics` must.
  static Result<std::unique_ptr<Client>> create(asio::io_context& io, asio::thread_pool& disk_pool,
                                                ClientOptions options, Metrics& metrics);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Awaitable<Result<ManifestHead>> head_manifest(Repository repository, Reference reference,
                                                std::string accept) override;
  Awaitable<Result<Manifest>> get_manifest(Repository repository, Reference reference,
                                           std::string accept) override;
  Awaitable<Result<Descriptor>> head_blob(Repository repository, Digest digest) override;
  Access access(const Repository& repository) const override;

  Awaitable<Result<ListPage>> list_tags(Repository repository, std::string query) override;
  Awaitable<Result<ListPage>> list_referrers(Repository repository, Digest subject,
                                             std::string query) override;

  Awaitable<AccessAnswer> ask_access(Repository repository, AccessSubject subject,
                                     Asker asker) override;

  Awaitable<Result<ByteRange>> get_blob(Repository repository, Digest digest, ByteRange range,
                                        BodySink& sink) override;

  // Closes pooled connections and makes every further call fail with canceled.
  void stop();

 private:
  class Impl;
  explicit Client(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // each call holds it too, so that none outlives what it works with
};

}  // namespace shoal::upstream
