#include "daemon/config_key.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "daemon/config_check.h"

namespace shoal::daemon {
namespace {

// The field at the end of a chain of members.
template <auto... kMembers>
Field field(Config& config, const std::string&) {
  return &(config.*....*kMembers);
}

// A field of one registry.
template <auto kMember>
Field registry_field(Config& config, const std::string& registry) {
  return &(registry_entry(config, registry).*kMember);
}

constexpr std::array kKeys{
    Key{"data_dir", "Where blobs and the index live. Required.", field<&Config::data_dir>,
        check_path_given},
    Key{"store.quota", "How much disk blobs may take: bytes, or percent of it; 0 is no limit.",
        field<&Config::store, &StoreConfig::quota>},
    Key{"store.min_free", "How much of the disk stays free: bytes, or percent of it.",
        field<&Config::store, &StoreConfig::min_free>},
    Key{"store.high_watermark", "Percent of the room: beyond it blobs are evicted,",
        field<&Config::store, &StoreConfig::high_watermark>, check_watermark},
    Key{"store.low_watermark", "until so much of it is taken.",
        field<&Config::store, &StoreConfig::low_watermark>, check_watermark},
    Key{"store.max_age", "Blobs unused for longer are evicted; 0s is never.",
        field<&Config::store, &StoreConfig::max_age>},
    Key{"log.level", "trace, debug, info, warn or error.", field<&Config::log, &LogConfig::level>,
        check_level},
    Key{"log.format", "text, or json: one object a line.", field<&Config::log, &LogConfig::format>},
    Key{"mirror.listen", "Where containerd asks.", field<&Config::mirror, &MirrorConfig::listen>,
        check_listen},
    Key{"mirror.default_registry", "The registry of requests that name none.",
        field<&Config::mirror, &MirrorConfig::default_registry>, check_registry_or_empty},
    Key{"mirror.tag_freshness", "How long a tag's answer is used without asking upstream again.",
        field<&Config::mirror, &MirrorConfig::tag_freshness>},
    Key{"mirror.drain_timeout", "How long requests in flight may go on after SIGTERM.",
        field<&Config::mirror, &MirrorConfig::drain_timeout>},
    Key{"admin.listen", "Where health and metrics are served.",
        field<&Config::admin, &AdminConfig::listen>, check_listen},
    Key{"upstream.allow_unconfigured", "Whether registries without a section are asked too.",
        field<&Config::upstream, &UpstreamConfig::allow_unconfigured>},
    Key{"upstream.docker_config", "A docker config.json with credentials.",
        field<&Config::upstream, &UpstreamConfig::docker_config>},
    Key{"upstream.extra_ca_file", "PEM certificates trusted besides the system's.",
        field<&Config::upstream, &UpstreamConfig::extra_ca_file>},
    Key{"upstream.http_proxy", "The HTTP proxy all registries are asked through.",
        field<&Config::upstream, &UpstreamConfig::http_proxy>, check_proxy_or_empty},
    Key{"upstream.connections_per_host", "Connections to one upstream host at a time.",
        field<&Config::upstream, &UpstreamConfig::connections_per_host>, check_connections},
    Key{"upstream.rate", "Bytes a second from all registries together; 0 is no limit.",
        field<&Config::upstream, &UpstreamConfig::rate>, check_upstream_rate},
    Key{"upstream.access", "Whose right to read counts: \"upstream\", \"shared\" or \"off\".",
        field<&Config::upstream, &UpstreamConfig::access>, check_access},
    Key{"upstream.access_ttl", "How long upstream's word about a client's credential is good.",
        field<&Config::upstream, &UpstreamConfig::access_ttl>},
    Key{"upstream.access_grace", "The same while upstream cannot be asked.",
        field<&Config::upstream, &UpstreamConfig::access_grace>},
    Key{"registries.*.url", "Where this registry is reached.", registry_field<&RegistryConfig::url>,
        check_url},
    Key{"registries.*.fallback_urls", "Where else its content is, in order.",
        registry_field<&RegistryConfig::fallback_urls>, check_urls},
    Key{"registries.*.ca_file", "PEM certificates trusted for this registry.",
        registry_field<&RegistryConfig::ca_file>},
    Key{"registries.*.client_cert_file", "The PEM certificate this node shows it.",
        registry_field<&RegistryConfig::client_cert_file>},
    Key{"registries.*.client_key_file", "That certificate's PEM key.",
        registry_field<&RegistryConfig::client_key_file>},
    Key{"registries.*.http_proxy", "The HTTP proxy it is asked through, or \"direct\".",
        registry_field<&RegistryConfig::http_proxy>, check_registry_proxy},
    Key{"registries.*.allow", "Patterns of the repositories that may be read; none: all.",
        registry_field<&RegistryConfig::allow>, check_patterns},
    Key{"registries.*.deny", "Patterns of repositories that may not be read.",
        registry_field<&RegistryConfig::deny>, check_patterns},
    Key{"registries.*.tag_freshness",
        "\"always\", a duration or \"offline\"; empty: as the mirror's.",
        registry_field<&RegistryConfig::tag_freshness>, check_tag_freshness},
    Key{"registries.*.access", "Whose right to read counts; empty: as upstream.access says.",
        registry_field<&RegistryConfig::access>, check_access_or_empty},
    Key{"swarm.enabled", "Whether blobs are exchanged with the other nodes.",
        field<&Config::swarm, &SwarmConfig::enabled>},
    Key{"swarm.listen", "Where the other nodes connect.",
        field<&Config::swarm, &SwarmConfig::listen>, check_listen},
    Key{"swarm.cluster", "Nodes exchange blobs with those of the same name.",
        field<&Config::swarm, &SwarmConfig::cluster>, check_cluster},
    Key{"swarm.cluster_key", "File with the cluster's secret, which signs its records of tags.",
        field<&Config::swarm, &SwarmConfig::cluster_key>},
    Key{"swarm.neighbours", "Nodes to stay connected to; the others are found when needed.",
        field<&Config::swarm, &SwarmConfig::neighbours>, check_neighbours},
    Key{"swarm.dht_port", "UDP port of the nodes' directory; 0 is the one after swarm.listen's.",
        field<&Config::swarm, &SwarmConfig::dht_port>, check_dht_port},
    Key{"swarm.zone", "Where this node is; nodes of the same zone are near to each other.",
        field<&Config::swarm, &SwarmConfig::zone>, check_zone},
    Key{"swarm.upload_rate", "Bytes a second to other nodes; 0 is no limit.",
        field<&Config::swarm, &SwarmConfig::upload_rate>},
    Key{"swarm.download_rate", "Bytes a second from other nodes; 0 is no limit.",
        field<&Config::swarm, &SwarmConfig::download_rate>},
    Key{"swarm.upload_slots", "How many nodes are served at the same time; 0 is all.",
        field<&Config::swarm, &SwarmConfig::upload_slots>, check_upload_slots},
    Key{"swarm.connections", "Connections to other nodes at a time, of all blobs together.",
        field<&Config::swarm, &SwarmConfig::connections>, check_swarm_connections},
    Key{"swarm.connections_per_blob", "Connections for one blob at a time; 0 is no limit.",
        field<&Config::swarm, &SwarmConfig::connections_per_blob>, check_connections_per_blob},
    Key{"swarm.memory", "Bytes of blocks between disk and nodes, of all blobs together.",
        field<&Config::swarm, &SwarmConfig::memory>, check_swarm_memory},
    Key{"swarm.memory_per_blob", "Bytes of blocks between disk and nodes, of one blob.",
        field<&Config::swarm, &SwarmConfig::memory_per_blob>, check_swarm_memory},
    Key{"swarm.ban_time", "How long a node that sent bad pieces is kept out.",
        field<&Config::swarm, &SwarmConfig::ban_time>},
    Key{"swarm.piece_size", "Bytes of a piece, the same on all nodes; 0: by the size of the blob.",
        field<&Config::swarm, &SwarmConfig::piece_size>, check_piece_size},
    Key{"swarm.plaintext", "Whether nodes talk without TLS: whoever reaches them reads and offers.",
        field<&Config::swarm, &SwarmConfig::plaintext>},
    Key{"swarm.tls.ca_file", "PEM certificates of the cluster's authorities.",
        field<&Config::swarm, &SwarmConfig::tls, &SwarmTlsConfig::ca_file>},
    Key{"swarm.tls.cert_file", "This node's PEM certificate.",
        field<&Config::swarm, &SwarmConfig::tls, &SwarmTlsConfig::cert_file>},
    Key{"swarm.tls.key_file", "Its PEM key.",
        field<&Config::swarm, &SwarmConfig::tls, &SwarmTlsConfig::key_file>},
    Key{"discovery.peers", "Nodes to begin with; a name may stand for many addresses.",
        field<&Config::discovery, &DiscoveryConfig::peers>, check_peers},
    Key{"discovery.dns", "Names in DNS that stand for nodes: host:port, or _service._proto.name.",
        field<&Config::discovery, &DiscoveryConfig::dns>, check_dns_names},
    Key{"discovery.file", "A file of nodes, one a line, read again when it changes.",
        field<&Config::discovery, &DiscoveryConfig::file>},
    Key{"discovery.refresh", "How often names are resolved and the file is read again.",
        field<&Config::discovery, &DiscoveryConfig::refresh>, check_refresh},
    Key{"transfer.grace", "How long a download goes on after its last reader left.",
        field<&Config::transfer, &TransferConfig::grace>},
};

// The path with the registry's name replaced by the table's "*".
std::string generic_path(const KeyPath& path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0) out += '.';
    out += i == 1 && path.size() == 3 && path[0] == kRegistries ? "*" : path[i];
  }
  return out;
}

std::string_view last_part(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

bool is_bare(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// The known path nearest to `path`; nullptr where none is near.
const Key* nearest_key(std::string_view path) {
  constexpr std::size_t kLongestWorthComparing = 64;
  if (path.size() > kLongestWorthComparing) return nullptr;
  const Key* nearest = nullptr;
  std::size_t best = std::max<std::size_t>(2, path.size() / 5) + 1;
  for (const Key& key : kKeys) {
    const std::size_t distance = edit_distance(path, key.path);
    if (distance >= best) continue;
    best = distance;
    nearest = &key;
  }
  if (nearest) return nearest;
  // The right name in the wrong section, where only one section has it.
  for (const Key& key : kKeys) {
    if (last_part(key.path) != last_part(path)) continue;
    if (nearest) return nullptr;
    nearest = &key;
  }
  return nearest;
}

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

const Key* find_key(const KeyPath& path) {
  const std::string wanted = generic_path(path);
  const auto found =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.path == wanted; });
  return found == kKeys.end() ? nullptr : &*found;
}

bool is_section(const KeyPath& path) {
  if (path.empty() || path.size() > 2) return false;
  if (path.size() == 2 && path[0] == kRegistries) return true;
  const std::string prefix = generic_path(path) + ".";
  return std::any_of(kKeys.begin(), kKeys.end(),
                     [&](const Key& key) { return key.path.starts_with(prefix); });
}

KeyPath parse_key_path(std::string_view text) {
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (first == std::string_view::npos) return {std::string(text)};
  if (first == last || text.substr(0, first) != kRegistries) return split(text, '.');
  std::string_view name = text.substr(first + 1, last - first - 1);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
    name = name.substr(1, name.size() - 2);
  }
  return {std::string(kRegistries), std::string(name), std::string(text.substr(last + 1))};
}

std::string to_text(const KeyPath& path) {
  std::string out;
  for (const std::string& part : path) {
    if (!out.empty()) out += '.';
    out += is_bare(part) ? printable(part) : fmt::format("\"{}\"", printable(part));
  }
  return out;
}

std::string suggestion(const KeyPath& path) {
  const Key* nearest = nearest_key(generic_path(path));
  if (!nearest) return "`shoal config print` shows the keys there are";
  KeyPath meant = split(nearest->path, '.');
  if (meant[0] == kRegistries) meant[1] = path.size() == 3 ? path[1] : "docker.io";
  return fmt::format("did you mean {}?", to_text(meant));
}

std::string section_suggestion(std::string_view name) {
  std::vector<std::string> sections;
  for (const Key& key : kKeys) {
    const auto dot = key.path.find('.');
    if (dot == std::string_view::npos) continue;
    const std::string section(key.path.substr(0, dot));
    if (edit_distance(name.substr(0, 64), section) <= 2) {
      return fmt::format("did you mean [{}]?", section);
    }
    if (sections.empty() || sections.back() != section) sections.push_back(section);
  }
  return fmt::format("the sections are {}", fmt::join(sections, ", "));
}

std::string variable_name(const Key& key) {
  if (key.path.starts_with(kRegistries)) return {};
  std::string name = "SHOAL_";
  for (const char c : key.path) {
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : '_';
  }
  return name;
}

RegistryConfig& registry_entry(Config& config, const std::string& name) {
  const auto [entry, made] = config.registries.try_emplace(name);
  // Docker Hub's images are named after a host that is not where its API lives.
  if (made) entry->second.url = "https://" + (name == "docker.io" ? "registry-1.docker.io" : name);
  return entry->second;
}

}  // namespace shoal::daemon
