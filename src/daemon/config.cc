#include "daemon/config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/host_port.h"
#include "base/repository.h"
#include "base/text.h"
#include "daemon/config_file.h"
#include "daemon/config_key.h"

namespace shoal::daemon {
namespace {

constexpr std::string_view kVariablePrefix = "SHOAL_";

tl::unexpected<Error> wrong(const std::string& origin, const KeyPath& path, std::string_view what) {
  return fail(Errc::invalid_argument, fmt::format("{}: {}: {}", origin, to_text(path), what));
}

// Kubernetes gives every container the addresses of the services it knows: SHOAL_PORT and the like
// come from a service named "shoal" and are none of our keys.
bool is_from_kubernetes(std::string_view variable) {
  return variable.ends_with("_PORT") || variable.find("_PORT_") != std::string_view::npos ||
         variable.find("_SERVICE_HOST") != std::string_view::npos ||
         variable.find("_SERVICE_PORT") != std::string_view::npos;
}

std::string variable_suggestion(std::string_view variable) {
  const Key* nearest = nullptr;
  std::size_t best = 4;
  for (const Key& key : keys()) {
    const std::size_t distance = edit_distance(printable(variable, 64), variable_name(key));
    if (distance >= best) continue;
    best = distance;
    nearest = &key;
  }
  if (!nearest) return "unset it, or give the key with --set";
  return fmt::format("did you mean {}?", variable_name(*nearest));
}

// Puts a configuration together, one assignment after the other.
class Loader {
 public:
  Result<void> load_file(const std::filesystem::path& file);
  Result<void> load_environment(
      const std::vector<std::pair<std::string, std::string>>& environment);
  Result<void> load_overrides(const std::vector<Override>& overrides);
  // What no single key shows.
  Result<void> check_whole(const std::string& file) const;
  Config take() { return std::move(config_); }

 private:
  Result<void> apply(Assignment assignment);
  Result<void> apply_section(const Assignment& assignment);
  Result<void> normalize_registry(Assignment& assignment);
  Result<void> check_swarm_tls() const;
  Result<void> check_client_certificates() const;
  Result<void> check_watermarks() const;
  std::string origin_of(std::string_view path) const;

  Config config_;
};

Result<void> Loader::load_file(const std::filesystem::path& file) {
  auto assignments = read_config_file(file);
  if (!assignments) return fail(assignments.error());
  // TOML's parser finds what is there twice, but not two spellings of one registry.
  std::set<std::string> seen;
  for (Assignment& assignment : *assignments) {
    auto named = normalize_registry(assignment);
    if (!named) return named;
    if (!seen.insert(to_text(assignment.path)).second) {
      return wrong(assignment.origin, assignment.path, "is there twice; keep one of them");
    }
    auto applied = apply(std::move(assignment));
    if (!applied) return applied;
  }
  return {};
}

Result<void> Loader::load_environment(
    const std::vector<std::pair<std::string, std::string>>& environment) {
  const auto table = keys();
  for (const auto& [variable, text] : environment) {
    const auto is_named = [&name = variable](const Key& key) { return variable_name(key) == name; };
    const auto key = std::find_if(table.begin(), table.end(), is_named);
    if (key == table.end()) {
      if (is_from_kubernetes(variable)) continue;
      return fail(Errc::invalid_argument,
                  fmt::format("{}: is no key of Shoal's; {}", printable(variable),
                              variable_suggestion(variable)));
    }
    auto applied = apply(Assignment(variable, split(key->path, '.'), Text{text}));
    if (!applied) return applied;
  }
  return {};
}

Result<void> Loader::load_overrides(const std::vector<Override>& overrides) {
  for (const Override& given : overrides) {
    Assignment assignment(given.origin, parse_key_path(given.key), Text{given.value});
    auto named = normalize_registry(assignment);
    if (!named) return named;
    auto applied = apply(std::move(assignment));
    if (!applied) return applied;
  }
  return {};
}

Result<void> Loader::normalize_registry(Assignment& assignment) {
  KeyPath& path = assignment.path;
  if (path.size() < 2 || path[0] != kRegistries) return {};
  const auto name = RegistryName::parse(path[1]);
  if (!name) {
    return wrong(assignment.origin, path,
                 "is not named after a registry; write [registries.\"host\"] or "
                 "[registries.\"host:port\"]");
  }
  path[1] = name->text();
  return {};
}

Result<void> Loader::apply(Assignment assignment) {
  const KeyPath& path = assignment.path;
  const Key* key = find_key(path);
  if (!key) return apply_section(assignment);
  const Field field = key->field(config_, path.size() == 3 ? path[1] : std::string());
  auto stored = assign(field, assignment.value);
  if (!stored) return wrong(assignment.origin, path, stored.error().message);
  auto checked = key->check ? key->check(field) : Result<void>();
  if (!checked) return wrong(assignment.origin, path, checked.error().message);
  config_.origins[to_text(path)] = std::move(assignment.origin);
  return {};
}

Result<void> Loader::apply_section(const Assignment& assignment) {
  const KeyPath& path = assignment.path;
  const bool is_table = std::holds_alternative<Section>(assignment.value);
  if (!is_section(path)) {
    if (is_table && path.size() == 1) {
      return wrong(assignment.origin, path,
                   "is no section of Shoal's; " + section_suggestion(path[0]));
    }
    return wrong(assignment.origin, path, "is no key of Shoal's; " + suggestion(path));
  }
  if (!is_table) {
    return wrong(assignment.origin, path,
                 fmt::format("is a section; write [{}] on a line of its own and its keys below it",
                             to_text(path)));
  }
  if (path.size() == 2 && path[0] == kRegistries) registry_entry(config_, path[1]);
  return {};
}

std::string Loader::origin_of(std::string_view path) const {
  const auto found = config_.origins.find(path);
  return found == config_.origins.end() ? std::string() : found->second;
}

Result<void> Loader::check_swarm_tls() const {
  const SwarmTlsConfig& tls = config_.swarm.tls;
  const std::pair<const char*, bool> files[] = {{"ca_file", !tls.ca_file.empty()},
                                                {"cert_file", !tls.cert_file.empty()},
                                                {"key_file", !tls.key_file.empty()}};
  for (const auto& [given, is_given] : files) {
    if (!is_given) continue;
    const std::string origin = origin_of(std::string("swarm.tls.") + given);
    for (const auto& [other, is_there] : files) {
      if (is_there) continue;
      return wrong(origin, {"swarm", "tls", given},
                   fmt::format("needs swarm.tls.{} beside it; give all three files", other));
    }
    if (!config_.swarm.plaintext) continue;
    return wrong(origin_of("swarm.plaintext"), {"swarm", "plaintext"},
                 "is true beside the files of swarm.tls; take out one or the other");
  }
  return {};
}

Result<void> Loader::check_client_certificates() const {
  for (const auto& [name, registry] : config_.registries) {
    if (registry.client_cert_file.empty() == registry.client_key_file.empty()) continue;
    const bool lacks_key = registry.client_key_file.empty();
    const KeyPath given{"registries", name, lacks_key ? "client_cert_file" : "client_key_file"};
    return wrong(
        origin_of(to_text(given)), given,
        fmt::format("needs {} beside it", lacks_key ? "client_key_file" : "client_cert_file"));
  }
  return {};
}

Result<void> Loader::check_watermarks() const {
  if (config_.store.low_watermark <= config_.store.high_watermark) return {};
  std::string origin = origin_of("store.low_watermark");
  if (origin.empty()) origin = origin_of("store.high_watermark");
  return wrong(origin, {"store", "low_watermark"},
               fmt::format("is {}, which is over store.high_watermark, {}; write less",
                           config_.store.low_watermark, config_.store.high_watermark));
}

Result<void> Loader::check_whole(const std::string& file) const {
  if (config_.data_dir.empty()) {
    return wrong(file.empty() ? "configuration" : file + ":1", {"data_dir"},
                 "is missing; write data_dir = \"/var/lib/shoal\", or give --data-dir or "
                 "SHOAL_DATA_DIR");
  }
  if (auto whole = check_watermarks(); !whole) return whole;
  if (auto whole = check_swarm_tls(); !whole) return whole;
  if (auto whole = check_client_certificates(); !whole) return whole;
  const auto mirror = parse_listen_address(config_.mirror.listen);
  const auto admin = parse_listen_address(config_.admin.listen);
  if (mirror && admin && *mirror == *admin && mirror->port != 0) {
    std::string origin = origin_of("admin.listen");
    if (origin.empty()) origin = origin_of("mirror.listen");
    return wrong(origin, {"admin", "listen"},
                 "is the same address as mirror.listen; give each its own port");
  }
  return {};
}

}  // namespace

Error blame(const Config& config, std::string_view key, const Error& what) {
  const auto found = config.origins.find(key);
  const std::string origin = found == config.origins.end() ? "default" : found->second;
  return Error{what.code, fmt::format("{}: {}: {}", origin, key, what.message), 0};
}

Result<void> check_runnable(const Config& config) {
  if (!config.swarm.enabled || config.swarm.has_tls() || config.swarm.plaintext) return {};
  const Error what(
      Errc::invalid_argument,
      "is missing, and nodes exchange blobs by TLS: `shoal pki init --out ca` and, for "
      "each node, `shoal pki issue --ca ca --out DIR --node NAME` make the files; or "
      "write plaintext = true in [swarm] if nobody else reaches the nodes' port");
  return fail(blame(config, "swarm.tls.ca_file", what));
}

Result<Config> load_config(const ConfigSources& sources) {
  Loader loader;
  if (!sources.file.empty()) {
    auto loaded = loader.load_file(sources.file);
    if (!loaded) return fail(loaded.error());
  }
  auto loaded = loader.load_environment(sources.environment);
  if (loaded) loaded = loader.load_overrides(sources.overrides);
  if (loaded) loaded = loader.check_whole(sources.file.native());
  if (!loaded) return fail(loaded.error());
  return loader.take();
}

std::vector<std::pair<std::string, std::string>> shoal_environment(const char* const* environ) {
  std::vector<std::pair<std::string, std::string>> found;
  for (; *environ; ++environ) {
    const std::string_view entry(*environ);
    const auto equals = entry.find('=');
    if (!entry.starts_with(kVariablePrefix) || equals == std::string_view::npos) continue;
    found.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return found;
}

std::string to_toml(const Config& config) {
  Config copy = config;  // fields are handed out as pointers to what may change
  std::string out;
  std::string open_section;
  const auto put = [&](const Key& key, const std::string& registry) {
    KeyPath path = split(key.path, '.');
    if (path[0] == kRegistries) path[1] = registry;
    const std::string name = path.back();
    path.pop_back();
    const std::string section = to_text(path);
    if (section != open_section) out += fmt::format("\n[{}]\n", section);
    open_section = section;
    out += fmt::format("# {}\n{} = {}\n", key.doc, name, render(key.field(copy, registry)));
  };
  const auto is_of_registry = [](const Key& key) { return key.path.starts_with(kRegistries); };
  for (const Key& key : keys()) {
    if (!is_of_registry(key)) put(key, {});
  }
  for (const auto& [registry, entry] : config.registries) {
    for (const Key& key : keys()) {
      if (is_of_registry(key)) put(key, registry);
    }
  }
  return out;
}

}  // namespace shoal::daemon
