#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/challenge.h"
#include "upstream/registry_table.h"
#include "upstream/token.h"
#include "upstream/transport.h"

namespace shoal::upstream {

// What goes into the Authorization header. Learns from a registry's challenges, gets tokens from
// the servers they name, and keeps both, so that a second request needs no 401 first. Many who need
// the same token wait for one request. Credentials leave only for the registry they are filed
// under, or for the token server it names; that one may be neither plain http where the registry is
// https, nor closer to us than the registry. Thread  the reactor's.   Lifetime  `transport`
// outlives it; it outlives its calls. Limits  kRepositoriesMax remembered challenges,
// TokenCache::kTokensMax tokens.
class Authenticator {
 public:
  static constexpr std::size_t kRepositoriesMax = 4096;

  Authenticator(asio::any_io_executor executor, Transport& transport)
      : executor_(std::move(executor)), transport_(transport) {}

  // The header's value for a request; empty while the registry has asked for nothing.
  // Errors  unauthorized; rate_limited, unavailable, timeout (the token server); protocol;
  // canceled. Lifetime  references outlive the await; so in answer().
  Awaitable<Result<std::string>> authorization(const Registry& registry,
                                               const Repository& repository);

  // The value to try after a 401 with `head`, from a server at `scope`, to a request that carried
  // `refused` (may be empty).
  // Errors  as authorization(); unauthorized also where there is nothing we could answer.
  Awaitable<Result<std::string>> answer(const Registry& registry, const Repository& repository,
                                        const ResponseHead& head, AddressScope scope,
                                        const std::string& refused);

 private:
  // What a registry wants for one repository.
  struct Demand {
    Demand(TokenKey key_in, AddressScope limit_in) : key(std::move(key_in)), limit(limit_in) {}
    TokenKey key;  // not used where `basic`
    AddressScope limit;
    bool basic = false;
  };
  struct Flight;

  Result<Demand> understand(const Registry& registry, const Repository& repository,
                            const ResponseHead& head, AddressScope scope) const;
  Result<Demand> understand_bearer(const Registry& registry, const Repository& repository,
                                   const Challenge& challenge, AddressScope scope) const;
  Awaitable<Result<std::string>> satisfy(const Registry& registry, Demand demand);
  Awaitable<Result<std::string>> token(const Registry& registry, const Demand& demand);
  Awaitable<Result<Token>> fetch(const Registry& registry, const Demand& demand);
  Awaitable<Result<Token>> send(const Registry& registry, const Demand& demand,
                                const HttpRequest& request, int& status);

  asio::any_io_executor executor_;
  Transport& transport_;
  TokenCache tokens_;
  std::map<std::pair<std::string, RepositoryName>, Demand> demands_;
  std::map<TokenKey, std::shared_ptr<Flight>> flights_;
};

}  // namespace shoal::upstream
