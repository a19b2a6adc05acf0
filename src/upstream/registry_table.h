#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/repository.h"
#include "base/repository_filter.h"
#include "base/result.h"
#include "upstream/address.h"
#include "upstream/client.h"
#include "upstream/docker_config.h"
#include "upstream/egress.h"
#include "upstream/tls.h"
#include "upstream/url.h"

namespace shoal::upstream {

// All there is to know about a registry before the first request.
struct Registry {
  Registry(std::string name_in, Url base_in)
      : name(std::move(name_in)), id(name), base(std::move(base_in)) {}

  std::string name;   // "docker.io"
  std::string id;     // of this place among all: tokens and troubles of one are not another's
  std::string label;  // for metrics: the name, or "other" where nobody configured it
  Url base;  // its target is the path prefix, without a slash at the end but for "/" itself
  asio::ssl::context* tls = nullptr;            // the table's, for the base's own origin
  asio::ssl::context* tls_elsewhere = nullptr;  // the same without our certificate
  const Proxy* proxy = nullptr;                 // the table's; nullptr = none
  const Credentials* credentials = nullptr;     // the table's; nullptr = none
  // How close to us the registry's own address may be: anywhere where an operator wrote it down;
  // where a mere image name led to it, on the Internet only.
  AddressScope limit = AddressScope::public_net;
  std::vector<Registry> fallbacks{};  // other places of the same content; they have none

  // `path` begins with "/v2/".
  Url url(const std::string& path) const;
  // How to reach `url`, where the registry is or where it leads.
  Egress egress(const Url& url) const {
    return Egress(url.origin() == base.origin() ? *tls : *tls_elsewhere, proxy);
  }
};

// Registries as configured, and those that nobody configured where that is allowed. Immutable.
class RegistryTable {
 public:
  // Errors  invalid_argument: names the registry, file or URL that is wrong.
  static Result<RegistryTable> create(const ClientOptions& options);

  // Errors  invalid_argument: nobody configured its registry; denied: not this repository.
  // Lifetime  what the answer points to is the table's.
  Result<Registry> find(const Repository& repository) const;
  Access access(const Repository& repository) const;

 private:
  struct Entry {
    Entry(Registry registry_in, RepositoryFilter filter_in)
        : registry(std::move(registry_in)), filter(std::move(filter_in)) {}
    Registry registry;
    RepositoryFilter filter;
  };
  RegistryTable() = default;
  Result<Entry> make_entry(const std::string& name, const RegistryOptions& registry,
                           const ClientOptions& options);
  Result<asio::ssl::context*> context_for(const ClientOptions& options, const std::string& ca_file,
                                          const ClientCertificate& certificate);
  // nullptr for no proxy.
  Result<const Proxy*> proxy_for(const std::string& text);
  const Credentials* credentials_for(const Url& base, const std::string& name) const;
  Result<Registry> unconfigured(const std::string& name) const;

  std::map<std::string, Entry> registries_;
  std::map<std::string, std::unique_ptr<asio::ssl::context>> contexts_;  // by their files
  std::map<std::string, std::unique_ptr<Proxy>> proxies_;
  std::unique_ptr<DockerConfig> credentials_;  // by pointer: moving the table must not move them
  asio::ssl::context* common_tls_ = nullptr;
  const Proxy* common_proxy_ = nullptr;
  bool allow_unconfigured_ = false;
};

}  // namespace shoal::upstream
