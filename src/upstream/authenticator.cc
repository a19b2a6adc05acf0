#include "upstream/authenticator.h"

#include <chrono>
#include <optional>

#include "base/event.h"
#include "base/random.h"
#include "upstream/base64.h"
#include "upstream/retry.h"

namespace shoal::upstream {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kTokenAnswerBytesMax = 256 * 1024;
constexpr std::size_t kParameterBytesMax = 1024;
// Longer than any fetch takes by its own time-outs.
constexpr std::chrono::seconds kFlightWaitMax{120};

bool falls_back_to_get(int status) {
  return status == 400 || status == 401 || status == 404 || status == 405;
}

std::string basic(const std::string& username, const std::string& password) {
  return "Basic " + base64_encode(username + ":" + password);
}

// For GET, an identity token goes where the password would, under the name registries expect with
// it.
std::string basic_for(const Credentials& credentials) {
  if (credentials.identity_token.empty()) return basic(credentials.username, credentials.password);
  const std::string name = credentials.username.empty() ? "<token>" : credentials.username;
  return basic(name, credentials.identity_token);
}

auto refused(const Registry& registry) {
  const char* why = registry.credentials != nullptr
                        ? "refuses the configured credentials"
                        : "asks for credentials, and none are configured";
  return fail(Errc::unauthorized, "registry " + registry.name + " " + why);
}

std::string value_of(const Challenge& challenge, std::string_view name) {
  return std::string(challenge.parameter(name).value_or(std::string_view()));
}

}  // namespace

// One request for a token, shared by all who need that token.
struct Authenticator::Flight {
  explicit Flight(const asio::any_io_executor& executor) : landed(executor) {}
  Event landed;
  std::optional<Result<std::string>> token;
};

Awaitable<Result<std::string>> Authenticator::authorization(const Registry& registry,
                                                            const Repository& repository) {
  const auto found = demands_.find({registry.id, repository.name});
  if (found == demands_.end()) co_return std::string();
  Demand demand = found->second;  // others may change the map while we wait
  co_return co_await satisfy(registry, std::move(demand));
}

Awaitable<Result<std::string>> Authenticator::answer(const Registry& registry,
                                                     const Repository& repository,
                                                     const ResponseHead& head, AddressScope scope,
                                                     const std::string& refused_value) {
  auto demand = understand(registry, repository, head, scope);
  if (!demand) co_return fail(demand.error());
  if (demand->basic && !refused_value.empty()) co_return refused(registry);
  if (refused_value.starts_with("Bearer ")) tokens_.drop(demand->key, refused_value.substr(7));
  if (demands_.size() >= kRepositoriesMax) {
    const auto victim = static_cast<std::ptrdiff_t>(random_below(demands_.size()));
    demands_.erase(std::next(demands_.begin(), victim));
  }
  demands_.insert_or_assign({registry.id, repository.name}, *demand);
  Demand wanted = std::move(*demand);
  co_return co_await satisfy(registry, std::move(wanted));
}

Result<Authenticator::Demand> Authenticator::understand(const Registry& registry,
                                                        const Repository& repository,
                                                        const ResponseHead& head,
                                                        AddressScope scope) const {
  bool basic_offered = false;
  for (const auto& [name, value] : head.headers) {
    if (name != "www-authenticate") continue;
    for (const auto& challenge : parse_challenges(value)) {
      if (challenge.scheme == "bearer" && challenge.parameter("realm")) {
        return understand_bearer(registry, repository, challenge, scope);
      }
      basic_offered = basic_offered || challenge.scheme == "basic";
    }
  }
  if (!basic_offered || registry.credentials == nullptr) return refused(registry);
  Demand demand(TokenKey(registry.id, registry.base, "", ""), scope);
  demand.basic = true;
  return demand;
}

Result<Authenticator::Demand> Authenticator::understand_bearer(const Registry& registry,
                                                               const Repository& repository,
                                                               const Challenge& challenge,
                                                               AddressScope scope) const {
  const auto bad = [&](const std::string& why) {
    return fail(Errc::protocol, "registry " + registry.name + ": its token server's " + why);
  };
  auto realm = Url::parse(value_of(challenge, "realm"));
  if (!realm) return bad("realm is not usable: " + realm.error().message);
  if (registry.base.tls() && !realm->tls()) return bad("realm is http, and the registry is https");
  std::string service = value_of(challenge, "service");
  std::string wanted = value_of(challenge, "scope");
  if (wanted.empty()) wanted = "repository:" + repository.name.text() + ":pull";
  if (service.size() > kParameterBytesMax || wanted.size() > kParameterBytesMax) {
    return bad("service or scope is over 1 KiB");
  }
  TokenKey key(registry.id, std::move(*realm), std::move(service), std::move(wanted));
  return Demand(std::move(key), scope);
}

Awaitable<Result<std::string>> Authenticator::satisfy(const Registry& registry, Demand demand) {
  if (demand.basic) {
    if (registry.credentials == nullptr) co_return refused(registry);
    co_return basic_for(*registry.credentials);
  }
  auto got = co_await token(registry, demand);
  if (!got) co_return fail(got.error());
  co_return "Bearer " + *got;
}

Awaitable<Result<std::string>> Authenticator::token(const Registry& registry,
                                                    const Demand& demand) {
  const auto cached = tokens_.find(demand.key, steady_clock::now());
  if (cached) co_return *cached;
  if (const auto found = flights_.find(demand.key); found != flights_.end()) {
    const std::shared_ptr<Flight> flight = found->second;
    const auto deadline = steady_clock::now() + kFlightWaitMax;
    bool in_time = true;
    while (!flight->token && in_time) in_time = co_await flight->landed.wait_until(deadline);
    if (!flight->token) co_return fail(Errc::timeout, "no token came in time");
    co_return *flight->token;
  }
  const auto flight = std::make_shared<Flight>(executor_);
  flights_.emplace(demand.key, flight);
  auto fetched = co_await fetch(registry, demand);
  flights_.erase(demand.key);
  if (fetched) {
    flight->token = fetched->text;
    tokens_.put(demand.key, std::move(*fetched));
  } else {
    flight->token = Result<std::string>(fail(fetched.error()));
  }
  flight->landed.notify_all();
  co_return *flight->token;
}

Awaitable<Result<Token>> Authenticator::fetch(const Registry& registry, const Demand& demand) {
  const Credentials* credentials = registry.credentials;
  int status = 0;
  if (credentials != nullptr) {
    HttpRequest post("POST", demand.key.realm);
    post.set("Content-Type", "application/x-www-form-urlencoded");
    post.body = token_form(demand.key, *credentials);
    auto token = co_await send(registry, demand, post, status);
    if (token || !falls_back_to_get(status)) co_return token;
  }
  HttpRequest get("GET", demand.key.realm.with_target(token_target(demand.key, credentials)));
  if (credentials != nullptr) get.set("Authorization", basic_for(*credentials));
  co_return co_await send(registry, demand, get, status);
}

// `status` becomes 0 where no answer came.
Awaitable<Result<Token>> Authenticator::send(const Registry& registry, const Demand& demand,
                                             const HttpRequest& request, int& status) {
  status = 0;
  auto response =
      co_await transport_.send(request, registry.egress(request.url), registry.label, demand.limit);
  if (!response) co_return fail(response.error());
  status = response->head().status;
  if (status == 401 || status == 403) {
    co_await response->discard();
    co_return refused(registry);
  }
  if (status != 200) {
    co_await response->discard();
    co_return fail(error_of_status(response->head(), request.brief()));
  }
  auto body = co_await response->read_all(kTokenAnswerBytesMax);
  if (!body) co_return fail(body.error());
  co_return parse_token_response(*body, steady_clock::now());
}

}  // namespace shoal::upstream
