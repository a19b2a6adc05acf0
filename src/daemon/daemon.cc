#include "daemon/daemon.h"

#include <csignal>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <boost/asio/redirect_error.hpp>

#include "admin/admin.h"
#include "base/bytes.h"
#include "base/dns_name.h"
#include "base/duration.h"
#include "base/host_port.h"
#include "base/version.h"
#include "discovery/dns_peers.h"
#include "discovery/file_peers.h"
#include "discovery/static_peers.h"

namespace shoal::daemon {
namespace {

upstream::ClientOptions upstream_options(const Config& config) {
  upstream::ClientOptions options;
  for (const auto& [name, registry] : config.registries) {
    upstream::RegistryOptions entry;
    entry.url = registry.url;
    entry.fallback_urls = registry.fallback_urls;
    entry.ca_file = registry.ca_file;
    entry.client_cert_file = registry.client_cert_file;
    entry.client_key_file = registry.client_key_file;
    entry.http_proxy = registry.http_proxy;
    entry.allow = registry.allow;
    entry.deny = registry.deny;
    options.registries.emplace(name, std::move(entry));
  }
  options.allow_unconfigured = config.upstream.allow_unconfigured;
  options.docker_config = config.upstream.docker_config;
  options.extra_ca_file = config.upstream.extra_ca_file;
  options.http_proxy = config.upstream.http_proxy;
  options.connections_per_host_max = config.upstream.connections_per_host;
  options.bytes_per_second_max = config.upstream.rate.bytes_per_second;
  return options;
}

// Of a checked registries.*.tag_freshness.
mirror::TagPolicy tag_policy(const std::string& text) {
  mirror::TagPolicy policy;
  policy.offline = text == "offline";
  if (const auto duration = parse_duration(text)) {
    policy.freshness = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  }
  return policy;
}

store::Share share_of(const DiskShare& share) {
  return store::Share{share.bytes, share.percent};
}

store::StoreOptions store_options(const Config& config) {
  store::StoreOptions options;
  options.data_dir = config.data_dir;
  options.piece_bytes = static_cast<std::uint32_t>(config.swarm.piece_size.bytes);
  options.room.quota = share_of(config.store.quota);
  options.room.min_free = share_of(config.store.min_free);
  options.room.high_watermark = config.store.high_watermark;
  options.room.low_watermark = config.store.low_watermark;
  options.room.max_age = config.store.max_age;
  return options;
}

// Of a checked access.
mirror::AccessMode access_mode(const std::string& text) {
  if (text == "off") return mirror::AccessMode::off;
  return text == "shared" ? mirror::AccessMode::shared : mirror::AccessMode::upstream;
}

mirror::MirrorOptions mirror_options(const Config& config) {
  mirror::MirrorOptions options;
  if (auto name = RegistryName::parse(config.mirror.default_registry)) {
    options.default_registry = std::move(*name);
  }
  options.tag_policy.freshness =
      std::chrono::duration_cast<std::chrono::seconds>(config.mirror.tag_freshness);
  for (const auto& [text, registry] : config.registries) {
    const auto name = RegistryName::parse(text);
    if (name && !registry.tag_freshness.empty()) {
      options.tag_policies.emplace(*name, tag_policy(registry.tag_freshness));
    }
    if (name && !registry.access.empty()) {
      options.access_modes.emplace(*name, access_mode(registry.access));
    }
  }
  using std::chrono::seconds;
  options.access = access_mode(config.upstream.access);
  options.access_terms.client = std::chrono::duration_cast<seconds>(config.upstream.access_ttl);
  options.access_terms.grace = std::chrono::duration_cast<seconds>(config.upstream.access_grace);
  return options;
}

p2p::SwarmOptions swarm_options(const SwarmConfig& config) {
  p2p::SwarmOptions options;
  options.listen = config.listen;
  options.cluster = config.cluster;
  options.piece_bytes = static_cast<std::uint32_t>(config.piece_size.bytes);
  options.neighbours = config.neighbours;
  options.dht_port = static_cast<std::uint16_t>(config.dht_port);
  options.zone = config.zone;
  options.upload_rate = config.upload_rate.bytes_per_second;
  options.download_rate = config.download_rate.bytes_per_second;
  options.ban_time = config.ban_time;
  options.upload_slots = static_cast<int>(config.upload_slots);
  options.connections = static_cast<int>(config.connections);
  options.connections_per_blob = static_cast<int>(config.connections_per_blob);
  options.memory = config.memory.bytes;
  options.memory_per_blob = config.memory_per_blob.bytes;
  return options;
}

// Each text as what `parse` makes of it.   Errors  the first of them.
template <class Parse>
auto parse_all(const std::vector<std::string>& texts, Parse parse) {
  using Parsed = typename std::invoke_result_t<Parse, std::string_view>::value_type;
  Result<std::vector<Parsed>> out;
  for (const std::string& text : texts) {
    auto parsed = parse(text);
    if (!parsed) {
      out = fail(parsed.error());
      break;
    }
    out->push_back(std::move(*parsed));
  }
  return out;
}

}  // namespace

Daemon::Daemon(const Config& config) : config_(config), signals_(reactor_, SIGTERM, SIGINT) {}

Daemon::~Daemon() {
  // Jobs on the pool use what is destroyed next.
  disk_pool_.join();
}

Result<void> Daemon::start() {
  if (auto opened = open_store(); !opened) return opened;
  if (auto started = start_upstream(); !started) return started;
  if (auto started = start_swarm(); !started) return started;
  return start_servers();
}

Result<void> Daemon::open_store() {
  auto store = store::Store::open(store_options(config_), metrics_);
  if (!store) return fail(blame(config_, "data_dir", store.error()));
  store_ = std::move(*store);
  return {};
}

Result<void> Daemon::start_upstream() {
  auto client = upstream::Client::create(reactor_, disk_pool_, upstream_options(config_), metrics_);
  if (!client) return fail(client.error());
  upstream_ = std::move(*client);
  // There from the first scrape: most registries are never asked twice.
  for (const auto& [name, registry] : config_.registries) metrics_.upstream_retries(name);
  return {};
}

Result<void> Daemon::join_cluster() {
  p2p::SwarmOptions options = swarm_options(config_.swarm);
  const SwarmTlsConfig& tls = config_.swarm.tls;
  pki::CredentialsReader reader({tls.ca_file, tls.cert_file, tls.key_file});
  if (config_.swarm.has_tls()) {
    auto credentials = reader.changed();
    if (!credentials) return fail(blame(config_, "swarm.tls.ca_file", credentials.error()));
    options.credentials = std::move(*credentials);
  }
  if (!config_.swarm.cluster_key.empty()) {
    auto secret = p2p::read_cluster_secret(config_.swarm.cluster_key);
    if (!secret) return fail(blame(config_, "swarm.cluster_key", secret.error()));
    options.cluster_secret = *secret;
  }
  auto swarm = p2p::Swarm::start(std::move(options), reactor_.get_executor(), disk_pool_, metrics_);
  if (!swarm) return fail(blame(config_, "swarm.listen", swarm.error()));
  swarm_ = std::move(*swarm);
  if (!config_.swarm.has_tls()) return {};
  const auto taken = [this](std::shared_ptr<const pki::Credentials> credentials) {
    swarm_->set_credentials(std::move(credentials));
  };
  credentials_watch_ = std::make_unique<pki::CredentialsWatch>(
      reactor_.get_executor(), disk_pool_, std::move(reader), kCredentialsInterval, taken);
  spawn(reactor_.get_executor(), "credentials", credentials_watch_->run());
  return {};
}

Result<void> Daemon::start_swarm() {
  if (config_.swarm.enabled) {
    if (auto joined = join_cluster(); !joined) return joined;
  }
  transfer::TransferOptions options;
  options.grace = std::chrono::duration_cast<std::chrono::seconds>(config_.transfer.grace);
  for (const auto& [name, registry] : config_.registries) options.registries.push_back(name);
  transfer::Context context(reactor_.get_executor(), disk_pool_, *store_, *upstream_, swarm_.get(),
                            metrics_, std::move(options));
  transfers_ = std::make_unique<transfer::Transfers>(std::move(context));
  housekeeping_ = std::make_unique<transfer::Housekeeping>(
      reactor_.get_executor(), disk_pool_, *store_, *transfers_, kHousekeepingInterval);
  spawn(reactor_.get_executor(), "housekeeping", housekeeping_->run());
  if (!swarm_) return {};
  swarm_->set_host(transfers_.get());
  announce_blobs();
  return start_discovery();
}

void Daemon::announce_blobs() {
  // First the watcher, so that none is missed; nothing else uses the store yet.
  store_->set_watcher([this](const Digest& digest, bool is_here) {
    if (is_here) {
      swarm_->hold({digest}, true);
    } else {
      swarm_->drop(digest);
    }
  });
  swarm_->hold(store_->complete_blobs(), false);
}

Result<void> Daemon::start_discovery() {
  const DiscoveryConfig& wanted = config_.discovery;
  const auto reactor = reactor_.get_executor();
  auto peers = parse_all(wanted.peers, parse_host_port);
  if (!peers) return fail(blame(config_, "discovery.peers", peers.error()));
  auto names = parse_all(wanted.dns, DnsName::parse);
  if (!names) return fail(blame(config_, "discovery.dns", names.error()));
  discovery_ = std::make_unique<discovery::Discovery>(
      reactor, metrics_, [this](const discovery::Endpoints& endpoints) {
        swarm_->set_peers({endpoints.begin(), endpoints.end()});
      });
  if (!peers->empty()) {
    discovery_->add(std::make_unique<discovery::StaticPeers>(reactor, disk_pool_, metrics_,
                                                             std::move(*peers), wanted.refresh));
  }
  if (!names->empty()) {
    discovery::DnsPeersOptions options;
    options.refresh = wanted.refresh;
    discovery_->add(std::make_unique<discovery::DnsPeers>(reactor, metrics_, std::move(*names),
                                                          std::move(options)));
  }
  if (!wanted.file.empty()) {
    discovery_->add(std::make_unique<discovery::FilePeers>(reactor, disk_pool_, metrics_,
                                                           wanted.file, wanted.refresh));
  }
  discovery_->start();
  return {};
}

Result<void> Daemon::start_servers() {
  mirror_ =
      std::make_unique<mirror::Mirror>(mirror_options(config_), *store_, disk_pool_, *upstream_,
                                       *upstream_, *upstream_, *transfers_, *transfers_, metrics_);
  http::ServerOptions options;
  options.name = "mirror";
  const auto serve = [this](const http::Request& request, http::Responder& responder) {
    return mirror_->handle(request, responder);
  };
  mirror_server_ = std::make_unique<http::Server>(reactor_, options, metrics_, serve);
  if (auto bound = mirror_server_->listen(config_.mirror.listen); !bound) {
    return fail(blame(config_, "mirror.listen", bound.error()));
  }
  options.name = "admin";
  inventory::Api::Release release;
  release.blob = [this](const Digest& digest) { return transfers_->release_seed(digest); };
  release.bytes = [this](std::uint64_t bytes) { return transfers_->release_seeds(bytes); };
  inventory_ = std::make_unique<inventory::Api>(*store_, disk_pool_, std::move(release));
  const auto look_in = [this](const http::Request& request, http::Responder& responder) {
    return inventory_->handle(request, responder);
  };
  auto admin = admin::make_handler(
      metrics_, [this] { return ready(); }, look_in);
  admin_server_ = std::make_unique<http::Server>(reactor_, options, metrics_, std::move(admin));
  if (auto bound = admin_server_->listen(config_.admin.listen); !bound) {
    return fail(blame(config_, "admin.listen", bound.error()));
  }
  return {};
}

Result<void> Daemon::ready() const {
  if (draining_) return fail(Errc::canceled, "draining: the daemon is about to stop");
  if (auto trouble = store_->trouble()) {
    return fail(trouble->code, "the disk fails, nothing is stored: " + trouble->message);
  }
  return {};
}

void Daemon::run() {
  if (swarm_ && !config_.swarm.has_tls()) {
    spdlog::warn(
        "traffic between nodes is not encrypted: whoever reaches {} can read and offer blobs "
        "(swarm.plaintext is true)",
        config_.swarm.listen);
  }
  if (swarm_ && config_.swarm.cluster_key.empty()) {
    spdlog::info(
        "nodes sign no records of tags (swarm.cluster_key is not given): while a registry is down, "
        "tags are known only from the nodes that this one is connected to");
  }
  const store::StoreStats stats = store_->stats();
  LogLine line(spdlog::level::info, "ready");
  line.field("version", std::string_view(kVersion))
      .field("mirror", config_.mirror.listen)
      .field("admin", config_.admin.listen)
      .field("swarm", swarm_ ? std::string_view(config_.swarm.listen) : std::string_view("off"))
      .field("blobs", static_cast<unsigned long long>(stats.blobs))
      .field("bytes", static_cast<unsigned long long>(stats.blob_bytes))
      .write();
  spawn(reactor_.get_executor(), "daemon", serve_until_signal());
  reactor_.run();
}

Awaitable<void> Daemon::serve_until_signal() {
  boost::system::error_code error;
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  signals_.clear();
  std::signal(SIGTERM, SIG_DFL);  // a second signal ends the process at once
  std::signal(SIGINT, SIG_DFL);
  co_await drain();
  reactor_.stop();
}

Awaitable<void> Daemon::drain() {
  draining_ = true;
  LogLine(spdlog::level::info, "draining")
      .field("transfers", static_cast<unsigned long long>(transfers_->active()))
      .write();
  const auto deadline = std::chrono::steady_clock::now() + config_.mirror.drain_timeout;
  co_await mirror_server_->drain(deadline);
  if (discovery_) discovery_->stop();
  if (credentials_watch_) credentials_watch_->stop();
  housekeeping_->stop();
  co_await transfers_->stop();
  upstream_->stop();
  co_await mirror_->settle(deadline);
  if (swarm_) swarm_->stop();
  co_await admin_server_->drain(std::chrono::steady_clock::now());
  auto uses = [this] { return store_->write_uses(); };
  const auto written = co_await offload(disk_pool_, std::move(uses));
  if (!written)
    spdlog::warn("when blobs were used is not written down: {}", written.error().message);
  spdlog::info("stopped");
}

}  // namespace shoal::daemon
