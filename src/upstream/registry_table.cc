#include "upstream/registry_table.h"

#include <vector>

#include "upstream/base64.h"

namespace shoal::upstream {
namespace {

constexpr const char* kDockerHubUrl = "https://registry-1.docker.io";

std::string without_slash_at_end(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<Url> parse_base(const std::string& name, const std::string& text) {
  auto url = Url::parse(text);
  if (!url) {
    return fail(Errc::invalid_argument, "registry " + name + ": url: " + url.error().message);
  }
  if (url->target().find('?') != std::string::npos) {
    return fail(Errc::invalid_argument, "registry " + name + ": url: has a query");
  }
  return url->with_target(without_slash_at_end(url->target()));
}

}  // namespace

Url Registry::url(const std::string& path) const {
  return base.with_target(base.target() == "/" ? path : base.target() + path);
}

Result<RegistryTable> RegistryTable::create(const ClientOptions& options) {
  RegistryTable table;
  table.allow_unconfigured_ = options.allow_unconfigured;
  table.credentials_ = std::make_unique<DockerConfig>();
  if (!options.docker_config.empty()) {
    auto config = DockerConfig::load(options.docker_config);
    if (!config) return fail(config.error());
    *table.credentials_ = std::move(*config);
  }
  auto common = table.context_for(options, "", ClientCertificate());
  if (!common) return fail(common.error());
  table.common_tls_ = *common;
  auto proxy = table.proxy_for(options.http_proxy);
  if (!proxy) return fail(proxy.error());
  table.common_proxy_ = *proxy;

  for (const auto& [name, registry] : options.registries) {
    const auto parsed_name = RegistryName::parse(name);
    if (!parsed_name) {
      return fail(Errc::invalid_argument,
                  "registry \"" + name + "\": " + parsed_name.error().message);
    }
    auto entry = table.make_entry(parsed_name->text(), registry, options);
    if (!entry) return fail(entry.error());
    table.registries_.emplace(parsed_name->text(), std::move(*entry));
  }
  return table;
}

Result<RegistryTable::Entry> RegistryTable::make_entry(const std::string& name,
                                                       const RegistryOptions& registry,
                                                       const ClientOptions& options) {
  const auto base = parse_base(name, registry.url);
  if (!base) return fail(base.error());
  auto filter = RepositoryFilter::create(registry.allow, registry.deny);
  if (!filter) {
    return fail(Errc::invalid_argument, "registry " + name + ": " + filter.error().message);
  }
  const ClientCertificate certificate{registry.client_cert_file, registry.client_key_file};
  const auto tls = context_for(options, registry.ca_file, certificate);
  if (!tls) return fail(tls.error());
  const auto tls_elsewhere = context_for(options, registry.ca_file, ClientCertificate());
  if (!tls_elsewhere) return fail(tls_elsewhere.error());
  const auto proxy =
      proxy_for(registry.http_proxy.empty() ? options.http_proxy : registry.http_proxy);
  if (!proxy) return fail(proxy.error());

  const auto place = [&](const Url& url, const std::string& id) {
    Registry made(name, url);
    made.id = id;
    made.label = name;
    made.tls = *tls;
    made.tls_elsewhere = *tls_elsewhere;
    made.proxy = *proxy;
    made.credentials = credentials_for(url, name);
    made.limit = AddressScope::special;
    return made;
  };
  Entry entry(place(*base, name), std::move(*filter));
  for (const std::string& text : registry.fallback_urls) {
    const auto url = parse_base(name, text);
    if (!url) return fail(url.error());
    const std::string id = name + " " + std::to_string(entry.registry.fallbacks.size() + 2);
    entry.registry.fallbacks.push_back(place(*url, id));
  }
  return entry;
}

Result<asio::ssl::context*> RegistryTable::context_for(const ClientOptions& options,
                                                       const std::string& ca_file,
                                                       const ClientCertificate& certificate) {
  auto& context = contexts_[ca_file + "\n" + certificate.cert_file + "\n" + certificate.key_file];
  if (!context) {
    auto made = make_tls_context({options.extra_ca_file, ca_file}, certificate);
    if (!made) return fail(made.error());
    context = std::move(*made);
  }
  return context.get();
}

Result<const Proxy*> RegistryTable::proxy_for(const std::string& text) {
  if (text.empty() || text == kProxyDirect) return nullptr;
  auto& proxy = proxies_[text];
  if (!proxy) {
    auto url = Url::parse(text);
    if (!url) return fail(Errc::invalid_argument, "http_proxy: " + url.error().message);
    if (url->tls()) return fail(Errc::invalid_argument, "http_proxy: want an http URL");
    const Credentials* credentials = credentials_for(*url, url->authority());
    std::string authorization;
    if (credentials != nullptr) {
      authorization = "Basic " + base64_encode(credentials->username + ":" + credentials->password);
    }
    proxy = std::make_unique<Proxy>(std::move(*url), std::move(authorization));
  }
  return proxy.get();
}

// Credentials are filed under the host they are for; the registry's name stands in where its URL
// names another host, such as a proxy the operator put before it.
const Credentials* RegistryTable::credentials_for(const Url& base, const std::string& name) const {
  const Credentials* found = credentials_->find(base.authority());
  if (found == nullptr) found = credentials_->find(base.host() + ":" + std::to_string(base.port()));
  return found != nullptr ? found : credentials_->find(name);
}

Result<Registry> RegistryTable::unconfigured(const std::string& name) const {
  auto base = parse_base(name, name == "docker.io" ? kDockerHubUrl : "https://" + name);
  if (!base) return fail(base.error());
  Registry entry(name, std::move(*base));
  entry.label = "other";
  entry.tls = common_tls_;
  entry.tls_elsewhere = common_tls_;
  entry.proxy = common_proxy_;
  entry.credentials = credentials_for(entry.base, name);
  return entry;
}

Result<Registry> RegistryTable::find(const Repository& repository) const {
  const std::string& name = repository.registry.text();
  switch (access(repository)) {
    case Access::unknown:
      return fail(Errc::invalid_argument, "registry " + name + " is not configured");
    case Access::denied:
      return fail(Errc::denied, "the configuration of registry " + name +
                                    " leaves out repository " + repository.name.text());
    case Access::allowed:
      break;
  }
  const auto found = registries_.find(name);
  return found == registries_.end() ? unconfigured(name) : found->second.registry;
}

Access RegistryTable::access(const Repository& repository) const {
  const auto found = registries_.find(repository.registry.text());
  if (found == registries_.end()) return allow_unconfigured_ ? Access::allowed : Access::unknown;
  return found->second.filter.permits(repository.name) ? Access::allowed : Access::denied;
}

}  // namespace shoal::upstream
