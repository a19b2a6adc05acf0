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
#include "upstream/manifest_source.h"

namespace shoal::upstream {

// One upstream registry, as configured.
struct RegistryOptions {
  std::string url;      // "https://registry-1.docker.io"; http or https, no path needed
  std::string ca_file;  // PEM, on top of the system's CAs; empty = none
};

struct ClientOptions {
  std::map<std::string, RegistryOptions> registries;  // by registry name ("docker.io")
  bool allow_unconfigured = false;  // may registries not listed be asked at https://<name>?
  std::filesystem::path docker_config;  // a docker config.json with credentials; empty = none
  std::string extra_ca_file;            // PEM, for all registries; empty = none
  std::size_t connections_per_host_max = 16;
  std::chrono::milliseconds connect_timeout{5000};  // DNS, TCP and TLS together, per attempt
  std::chrono::milliseconds header_timeout{15000};  // from the request sent to the response's header
  std::chrono::milliseconds read_timeout{15000};    // without a single body byte
  int attempts_max = 4;                             // per request, jittered back-off between them
  std::chrono::milliseconds backoff_base{100};      // doubled each time
  std::chrono::milliseconds backoff_max{3000};
};

// Takes a body in order as it arrives.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Called once, before the first write: the blob's bytes that are about to come. It is the range that
  // was asked for, or, where the registry ignores Range, the whole blob from byte 0.
  virtual void begin(ByteRange coming) = 0;
  // `bytes` live until the await ends; the next read waits for it (back-pressure). An error ends the
  // fetch with that error; Errc::canceled means "enough, thank you".
  virtual Awaitable<Result<void>> write(std::span<const std::byte> bytes) = 0;
};

// The client of OCI registries: challenges and tokens, redirects, pooled connections, retries.
// Everything a registry sends is taken as hostile: sizes, headers and redirects have limits, realms
// and redirects may not lead from a public registry to a private address.
//
// Errors of all calls: not_found (404); unauthorized (401 with all we have); denied (403);
// rate_limited (429 after retries, with retry_after_s); unavailable (cannot connect, 5xx after
// retries); timeout; protocol; too_large; invalid_argument (a registry nobody configured). Messages
// name the registry and the request, never a credential.
// Thread  the io_context's single thread.
class Client final : public ManifestSource {
 public:
  // Files are read once, here. Errors  invalid_argument: names the file or URL that is wrong.
  // `disk_pool` is for DNS (getaddrinfo blocks); both must outlive the client, as `metrics` must.
  static Result<std::unique_ptr<Client>> create(asio::io_context& io, asio::thread_pool& disk_pool,
                                                ClientOptions options, Metrics& metrics);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Awaitable<Result<Descriptor>> head_manifest(Repository repository, Reference reference,
                                              std::string accept) override;
  Awaitable<Result<Manifest>> get_manifest(Repository repository, Reference reference,
                                           std::string accept) override;
  Awaitable<Result<Descriptor>> head_blob(Repository repository, Digest digest) override;
  bool knows(const RegistryName& registry) const override;

  // Bytes of a blob, streamed. Retries connect, 429 and 5xx while nothing has reached the sink; after
  // that a break ends in an error and the caller asks for the rest. A presigned redirect is kept for
  // the next range of the same blob and resolved anew on 401, 403 and 410.
  // Returns  the bytes that were delivered in full: == sink.begin()'s range.
  Awaitable<Result<ByteRange>> get_blob(Repository repository, Digest digest, ByteRange range,
                                        BodySink& sink);

  // Closes pooled connections and makes every further call fail with canceled.
  void stop();

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::upstream
