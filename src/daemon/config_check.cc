#include "daemon/config_check.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/dns_name.h"
#include "base/duration.h"
#include "base/host_port.h"
#include "base/piece_size.h"
#include "base/repository.h"
#include "base/repository_filter.h"
#include "base/text.h"
#include "base/zone.h"

namespace shoal::daemon {
namespace {

constexpr std::uint32_t kConnectionsMax = 1024;
constexpr std::size_t kPeersMax = 10'000;
constexpr std::size_t kClusterBytesMax = 64;
constexpr std::size_t kDnsNamesMax = 100;
constexpr std::chrono::milliseconds kRefreshMin{1'000};
// Below, a piece takes longer than the swarm waits for the node that said it would fetch it.
constexpr std::uint64_t kUpstreamRateMin = 64 * 1024;
constexpr std::uint32_t kUploadSlotsMax = 10'000;
constexpr std::uint32_t kSwarmConnectionsMax = 100'000;
// Below, a node cannot even keep a few peers busy. Above, somebody mistook it for the disk.
constexpr std::uint64_t kSwarmMemoryMin = std::uint64_t{1} << 20;
constexpr std::uint64_t kSwarmMemoryMax = std::uint64_t{1} << 36;
// With one each, members would fall apart into pairs and rings.
constexpr std::uint32_t kNeighboursMin = 2;
constexpr std::uint32_t kNeighboursMax = 10'000;

constexpr std::string_view kRegistryForms = "https://host or http://host:port";

tl::unexpected<Error> bad(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

const std::string& text_in(const Field& field) {
  return *std::get<std::string*>(field);
}

Result<void> check_bounds(const Field& field, std::uint32_t min, std::uint32_t max) {
  const std::uint32_t count = *std::get<std::uint32_t*>(field);
  if (count >= min && count <= max) return {};
  return bad(fmt::format("{} is out of bounds; write {} to {}", count, min, max));
}

// `forms`: how it may be written, for a person.
Result<void> check_url_text(const std::string& url, std::string_view whose,
                            std::string_view forms) {
  std::string_view rest = url;
  const bool known_scheme = rest.starts_with("https://") || rest.starts_with("http://");
  // The URL is not repeated where it may hold a password.
  if (rest.find('@') != std::string_view::npos) {
    return bad("holds credentials; put them into a docker config.json, see upstream.docker_config");
  }
  if (known_scheme) {
    rest.remove_prefix(rest.find("://") + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (RegistryName::parse(rest)) return {};
  }
  return bad(fmt::format("\"{}\" is not a {}'s URL; write it as {}", printable(url), whose, forms));
}

}  // namespace

Result<void> check_path_given(const Field& field) {
  if (std::get<std::filesystem::path*>(field)->empty()) {
    return bad("is empty; write a folder, like \"/var/lib/shoal\"");
  }
  return {};
}

Result<void> check_level(const Field& field) {
  static constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn",
                                                           "error"};
  const std::string& level = text_in(field);
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) {
    return bad(fmt::format("\"{}\" is not a level; write trace, debug, info, warn or error",
                           printable(level)));
  }
  return {};
}

Result<void> check_listen(const Field& field) {
  const auto address = parse_listen_address(text_in(field));
  if (!address) return fail(address.error());
  return {};
}

Result<void> check_registry_or_empty(const Field& field) {
  const std::string& name = text_in(field);
  if (name.empty() || RegistryName::parse(name)) return {};
  return bad(
      fmt::format("\"{}\" is not a registry; write its host, like \"docker.io\"", printable(name)));
}

Result<void> check_connections(const Field& field) {
  return check_bounds(field, 1, kConnectionsMax);
}

Result<void> check_url(const Field& field) {
  return check_url_text(text_in(field), "registry", kRegistryForms);
}

Result<void> check_urls(const Field& field) {
  constexpr std::size_t kUrlsMax = 8;
  const auto& urls = *std::get<std::vector<std::string>*>(field);
  if (urls.size() > kUrlsMax)
    return bad(fmt::format("holds {} URLs; {} are the most", urls.size(), kUrlsMax));
  for (const std::string& url : urls) {
    auto checked = check_url_text(url, "registry", kRegistryForms);
    if (!checked) return checked;
  }
  return {};
}

Result<void> check_proxy_or_empty(const Field& field) {
  const std::string& url = text_in(field);
  if (url.empty()) return {};
  if (url.starts_with("https://")) {
    return bad(
        "is an https URL; the proxy is talked to by http, and sees no more than that anyway");
  }
  return check_url_text(url, "proxy", "http://host:port");
}

Result<void> check_registry_proxy(const Field& field) {
  if (text_in(field) == "direct") return {};
  return check_proxy_or_empty(field);
}

Result<void> check_patterns(const Field& field) {
  const auto filter = RepositoryFilter::create(*std::get<std::vector<std::string>*>(field), {});
  if (!filter) return fail(filter.error());
  return {};
}

Result<void> check_tag_freshness(const Field& field) {
  const std::string& text = text_in(field);
  if (text.empty() || text == "always" || text == "offline") return {};
  const auto duration = parse_duration(text);
  if (duration) return {};
  return bad(
      fmt::format("\"{}\" is no freshness; write \"always\", \"offline\" or a duration like \"5m\"",
                  printable(text)));
}

Result<void> check_access(const Field& field) {
  const std::string& text = text_in(field);
  if (text == "upstream" || text == "shared" || text == "off") return {};
  return bad(fmt::format("\"{}\" is no access; write \"upstream\", \"shared\" or \"off\"",
                         printable(text)));
}

Result<void> check_access_or_empty(const Field& field) {
  return text_in(field).empty() ? Result<void>() : check_access(field);
}

Result<void> check_cluster(const Field& field) {
  const std::string& name = text_in(field);
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!name.empty() && name.size() <= kClusterBytesMax && plain) return {};
  return bad(
      fmt::format("\"{}\" is not a cluster's name; write 1 to {} printable ASCII characters "
                  "without spaces",
                  printable(name), kClusterBytesMax));
}

Result<void> check_upstream_rate(const Field& field) {
  const std::uint64_t rate = std::get<ByteRate*>(field)->bytes_per_second;
  if (rate == 0 || rate >= kUpstreamRateMin) return {};
  return bad(fmt::format("{} is too little; write \"64KiB\" or more, or \"0\" for no limit", rate));
}

Result<void> check_zone(const Field& field) {
  if (is_zone(text_in(field))) return {};
  return bad(
      fmt::format("\"{}\" is not a zone; write up to {} letters, digits, \"-\", \"_\" and \".\"",
                  printable(text_in(field)), kZoneBytesMax));
}

Result<void> check_upload_slots(const Field& field) {
  return check_bounds(field, 0, kUploadSlotsMax);
}

Result<void> check_swarm_connections(const Field& field) {
  return check_bounds(field, 1, kSwarmConnectionsMax);
}

Result<void> check_connections_per_blob(const Field& field) {
  return check_bounds(field, 0, kSwarmConnectionsMax);
}

Result<void> check_swarm_memory(const Field& field) {
  const std::uint64_t bytes = std::get<ByteSize*>(field)->bytes;
  if (bytes >= kSwarmMemoryMin && bytes <= kSwarmMemoryMax) return {};
  return bad(fmt::format("{} is out of bounds; write \"1MiB\" to \"64GiB\"", bytes));
}

Result<void> check_piece_size(const Field& field) {
  const std::uint64_t bytes = std::get<ByteSize*>(field)->bytes;
  if (is_piece_size(bytes)) return {};
  return bad(fmt::format(
      "{} is not a piece's size; write a power of two from \"16KiB\" to \"4MiB\", or \"0\"",
      bytes));
}

Result<void> check_neighbours(const Field& field) {
  return check_bounds(field, kNeighboursMin, kNeighboursMax);
}

Result<void> check_dht_port(const Field& field) {
  return check_bounds(field, 0, 65535);
}

Result<void> check_watermark(const Field& field) {
  return check_bounds(field, 1, 100);
}

Result<void> check_peers(const Field& field) {
  const auto& peers = *std::get<std::vector<std::string>*>(field);
  if (peers.size() > kPeersMax) {
    return bad(fmt::format("holds {} peers; {} is the most, and a name may stand for many",
                           peers.size(), kPeersMax));
  }
  for (const std::string& peer : peers) {
    const auto place = parse_host_port(peer);
    if (!place) return fail(place.error());
  }
  return {};
}

Result<void> check_dns_names(const Field& field) {
  const auto& names = *std::get<std::vector<std::string>*>(field);
  if (names.size() > kDnsNamesMax) {
    return bad(fmt::format("holds {} names; {} are the most", names.size(), kDnsNamesMax));
  }
  for (const std::string& name : names) {
    const auto parsed = DnsName::parse(name);
    if (!parsed) return fail(parsed.error());
  }
  return {};
}

Result<void> check_refresh(const Field& field) {
  if (*std::get<std::chrono::milliseconds*>(field) >= kRefreshMin) return {};
  return bad("is too often; write \"1s\" or longer");
}

}  // namespace shoal::daemon
