#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/repository.h"
#include "base/result.h"
#include "upstream/address.h"
#include "upstream/client.h"
#include "upstream/docker_config.h"
#include "upstream/url.h"

namespace shoal::upstream {

// All there is to know about a registry before the first request.
struct Registry {
  Registry(std::string name_in, Url base_in) : name(std::move(name_in)), base(std::move(base_in)) {}

  std::string name;   // "docker.io"
  std::string label;  // for metrics: the name, or "other" where nobody configured it
  Url base;  // its target is the path prefix, without a slash at the end but for "/" itself
  asio::ssl::context* tls = nullptr;         // the table's
  const Credentials* credentials = nullptr;  // the table's; nullptr = none
  // How close to us the registry's own address may be: anywhere where an operator wrote it down;
  // where a mere image name led to it, neither this machine nor a metadata service.
  AddressScope limit = AddressScope::private_net;

  // `path` begins with "/v2/".
  Url url(const std::string& path) const;
};

// Registries as configured, and those that nobody configured where that is allowed. Immutable.
class RegistryTable {
 public:
  // Errors  invalid_argument: names the registry, file or URL that is wrong.
  static Result<RegistryTable> create(const ClientOptions& options);

  // Errors  invalid_argument: nobody configured it.
  // Lifetime  what the answer points to is the table's.
  Result<Registry> find(const RegistryName& name) const;
  bool knows(const RegistryName& name) const;

 private:
  RegistryTable() = default;
  const Credentials* credentials_for(const Url& base, const std::string& name) const;
  Result<Registry> unconfigured(const std::string& name) const;

  std::map<std::string, Registry> registries_;
  std::map<std::string, std::unique_ptr<asio::ssl::context>> contexts_;  // by CA file; "" = default
  std::unique_ptr<DockerConfig> credentials_;  // by pointer: moving the table must not move them
  bool allow_unconfigured_ = false;
};

}  // namespace shoal::upstream
