#include "upstream/registry_table.h"

#include <vector>

#include "upstream/tls.h"

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
  auto common = make_tls_context({options.extra_ca_file});
  if (!common) return fail(common.error());
  table.contexts_.emplace("", std::move(*common));

  for (const auto& [name, registry] : options.registries) {
    auto parsed_name = RegistryName::parse(name);
    if (!parsed_name)
      return fail(Errc::invalid_argument,
                  "registry \"" + name + "\": " + parsed_name.error().message);
    auto base = parse_base(name, registry.url);
    if (!base) return fail(base.error());
    if (!table.contexts_.contains(registry.ca_file)) {
      auto context = make_tls_context({options.extra_ca_file, registry.ca_file});
      if (!context) return fail(context.error());
      table.contexts_.emplace(registry.ca_file, std::move(*context));
    }
    Registry entry(parsed_name->text(), std::move(*base));
    entry.label = entry.name;
    entry.tls = table.contexts_.at(registry.ca_file).get();
    entry.credentials = table.credentials_for(entry.base, entry.name);
    entry.limit = AddressScope::special;
    table.registries_.emplace(entry.name, entry);
  }
  return table;
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
  entry.tls = contexts_.at("").get();
  entry.credentials = credentials_for(entry.base, name);
  return entry;
}

Result<Registry> RegistryTable::find(const RegistryName& name) const {
  const auto found = registries_.find(name.text());
  if (found != registries_.end()) return found->second;
  if (allow_unconfigured_) return unconfigured(name.text());
  return fail(Errc::invalid_argument, "registry " + name.text() + " is not configured");
}

bool RegistryTable::knows(const RegistryName& name) const {
  return allow_unconfigured_ || registries_.contains(name.text());
}

}  // namespace shoal::upstream
