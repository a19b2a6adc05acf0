#include "daemon/config.h"

#include <gmock/gmock.h>

#include "daemon/config_fixture.h"

namespace shoal::daemon {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string kMinimal = "data_dir = \"/d\"\n";

TEST(ConfigTest, AllButTheFolderHasADefault) {
  const auto config = load_text(kMinimal);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/d");
  EXPECT_EQ(config->mirror.listen, "127.0.0.1:5050");
  EXPECT_TRUE(config->swarm.enabled);
  EXPECT_THAT(config->registries, IsEmpty());
}

TEST(ConfigTest, EveryKeyReachesItsField) {
  const auto config = load_text(R"(
data_dir = "/srv/shoal"
log = { level = "debug", format = "json" }
[store]
quota = "80%"
min_free = "20GiB"
high_watermark = 90
low_watermark = 70
max_age = "720h"
[mirror]
listen = "127.0.0.2:80"
default_registry = "docker.io"
tag_freshness = "5m"
drain_timeout = "500ms"
[admin]
listen = "[::1]:81"
[upstream]
allow_unconfigured = true
docker_config = "/c.json"
extra_ca_file = "/ca.pem"
http_proxy = "http://proxy:3128"
connections_per_host = 7
rate = "1MiB"
[registries."docker.io"]
[registries."Registry.Example:5000"]
url = "http://10.0.0.1:5000"
fallback_urls = ["https://second", "http://third:5000"]
ca_file = "/own.pem"
client_cert_file = "/node.pem"
client_key_file = "/node.key"
http_proxy = "direct"
allow = ["library/*"]
deny = ["library/evil", "**/x"]
tag_freshness = "offline"
[swarm]
enabled = false
listen = "0.0.0.0:1"
cluster = "blue"
zone = "eu-1a"
upload_rate = "1MiB"
download_rate = 17
upload_slots = 8
connections = 100
connections_per_blob = 10
memory = "64MiB"
memory_per_blob = 2000000
piece_size = "256KiB"
[discovery]
peers = ["10.0.0.11:6881", "node:6881"]
dns = ["peers.example:6881", "_swarm._tcp.peers.example"]
file = "/etc/shoal/peers"
refresh = "1h"
[transfer]
grace = "0s"
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/srv/shoal");
  EXPECT_EQ(config->log.level, "debug");
  EXPECT_EQ(config->log.format, LogFormat::json);
  EXPECT_EQ(config->mirror.listen, "127.0.0.2:80");
  EXPECT_EQ(config->mirror.default_registry, "docker.io");
  EXPECT_EQ(config->mirror.tag_freshness, milliseconds(300'000));
  EXPECT_EQ(config->mirror.drain_timeout, milliseconds(500));
  EXPECT_EQ(config->admin.listen, "[::1]:81");
  EXPECT_TRUE(config->upstream.allow_unconfigured);
  EXPECT_EQ(config->upstream.docker_config, "/c.json");
  EXPECT_EQ(config->upstream.extra_ca_file, "/ca.pem");
  EXPECT_EQ(config->upstream.connections_per_host, 7U);
  ASSERT_EQ(config->registries.size(), 2U);
  EXPECT_EQ(config->registries.at("docker.io").url, "https://registry-1.docker.io");
  EXPECT_EQ(config->registries.at("registry.example:5000").url, "http://10.0.0.1:5000");
  EXPECT_EQ(config->registries.at("registry.example:5000").ca_file, "/own.pem");
  EXPECT_EQ(config->upstream.http_proxy, "http://proxy:3128");
  const RegistryConfig& own = config->registries.at("registry.example:5000");
  EXPECT_THAT(own.fallback_urls, ElementsAre("https://second", "http://third:5000"));
  EXPECT_EQ(own.client_cert_file, "/node.pem");
  EXPECT_EQ(own.client_key_file, "/node.key");
  EXPECT_EQ(own.http_proxy, "direct");
  EXPECT_THAT(own.allow, ElementsAre("library/*"));
  EXPECT_THAT(own.deny, ElementsAre("library/evil", "**/x"));
  EXPECT_EQ(own.tag_freshness, "offline");
  EXPECT_EQ(config->store.quota.percent, 80U);
  EXPECT_EQ(config->store.min_free.percent, 0U);
  EXPECT_EQ(config->store.min_free.bytes, 21474836480U);
  EXPECT_EQ(config->store.high_watermark, 90U);
  EXPECT_EQ(config->store.low_watermark, 70U);
  EXPECT_EQ(config->store.max_age, milliseconds(2'592'000'000));
  EXPECT_FALSE(config->swarm.enabled);
  EXPECT_EQ(config->swarm.listen, "0.0.0.0:1");
  EXPECT_EQ(config->swarm.cluster, "blue");
  EXPECT_EQ(config->swarm.upload_rate.bytes_per_second, 1048576U);
  EXPECT_EQ(config->swarm.download_rate.bytes_per_second, 17U);
  EXPECT_THAT(config->discovery.peers, ElementsAre("10.0.0.11:6881", "node:6881"));
  EXPECT_EQ(config->upstream.rate.bytes_per_second, 1048576U);
  EXPECT_EQ(config->swarm.zone, "eu-1a");
  EXPECT_EQ(config->swarm.upload_slots, 8U);
  EXPECT_EQ(config->swarm.connections, 100U);
  EXPECT_EQ(config->swarm.connections_per_blob, 10U);
  EXPECT_EQ(config->swarm.memory.bytes, 67108864U);
  EXPECT_EQ(config->swarm.memory_per_blob.bytes, 2000000U);
  EXPECT_EQ(config->swarm.piece_size.bytes, 262144U);
  EXPECT_THAT(config->discovery.dns,
              ElementsAre("peers.example:6881", "_swarm._tcp.peers.example"));
  EXPECT_EQ(config->discovery.file, "/etc/shoal/peers");
  EXPECT_EQ(config->discovery.refresh, milliseconds(3'600'000));
  EXPECT_EQ(config->transfer.grace, milliseconds(0));
}

TEST(ConfigTest, RegistryWithoutUrlIsReachedAtItsName) {
  const auto config = load_text(kMinimal + "[registries.\"ghcr.io\"]\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->registries.at("ghcr.io").url, "https://ghcr.io");
}

TEST(ConfigTest, VariableWinsOverFileAndFlagOverVariable) {
  const std::string text = kMinimal + "[admin]\nlisten = \"127.0.0.1:1\"\n";
  const std::vector<std::pair<std::string, std::string>> environment{
      {"SHOAL_ADMIN_LISTEN", "127.0.0.1:2"}, {"SHOAL_DATA_DIR", "/from/variable"}};
  EXPECT_EQ(load_text(text)->admin.listen, "127.0.0.1:1");
  EXPECT_EQ(load_text(text, environment)->admin.listen, "127.0.0.1:2");
  EXPECT_EQ(load_text(text, environment)->data_dir, "/from/variable");
  const std::vector<Override> flags{{"--admin-listen", "admin.listen", "127.0.0.1:3"}};
  EXPECT_EQ(load_text(text, environment, flags)->admin.listen, "127.0.0.1:3");
}

TEST(ConfigTest, VariablesHoldEveryKindOfValue) {
  const auto config = load_text("", {{"SHOAL_DATA_DIR", "/d"},
                                     {"SHOAL_SWARM_ENABLED", "false"},
                                     {"SHOAL_UPSTREAM_CONNECTIONS_PER_HOST", "3"},
                                     {"SHOAL_TRANSFER_GRACE", "2m"},
                                     {"SHOAL_SWARM_UPLOAD_RATE", "2KiB"},
                                     {"SHOAL_LOG_FORMAT", "json"},
                                     {"SHOAL_DISCOVERY_PEERS", "a:1, b:2"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FALSE(config->swarm.enabled);
  EXPECT_EQ(config->upstream.connections_per_host, 3U);
  EXPECT_EQ(config->transfer.grace, milliseconds(120'000));
  EXPECT_EQ(config->swarm.upload_rate.bytes_per_second, 2048U);
  EXPECT_EQ(config->log.format, LogFormat::json);
  EXPECT_THAT(config->discovery.peers, ElementsAre("a:1", "b:2"));
}

TEST(ConfigTest, EmptyVariableEmptiesAList) {
  const auto config =
      load_text(kMinimal + "[discovery]\npeers = [\"a:1\"]\n", {{"SHOAL_DISCOVERY_PEERS", ""}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->discovery.peers, IsEmpty());
}

TEST(ConfigTest, FlagsReachRegistriesWithAndWithoutQuotes) {
  const auto config =
      load_text(kMinimal, {},
                {{"--set", "registries.docker.io.url", "http://127.0.0.1:5000"},
                 {"--set", "registries.\"localhost:5000\".url", "http://127.0.0.1:5001"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->registries.at("docker.io").url, "http://127.0.0.1:5000");
  EXPECT_EQ(config->registries.at("localhost:5000").url, "http://127.0.0.1:5001");
}

TEST(ConfigTest, VariablesThatKubernetesMakesForAServiceAreLeftAlone) {
  const auto config = load_text(kMinimal, {{"SHOAL_SERVICE_HOST", "10.0.0.1"},
                                           {"SHOAL_SERVICE_PORT", "5050"},
                                           {"SHOAL_SERVICE_PORT_MIRROR", "5050"},
                                           {"SHOAL_PORT", "tcp://10.0.0.1:5050"},
                                           {"SHOAL_PORT_5050_TCP_ADDR", "10.0.0.1"},
                                           {"SHOAL_PEERS_SERVICE_HOST", "10.0.0.1"},
                                           {"SHOAL_PEERS_PORT_6881_TCP", "tcp://10.0.0.1:6881"}});
  EXPECT_TRUE(config) << config.error().message;
}

TEST(ConfigTest, NoFileIsNeededWhereVariablesSayEnough) {
  ConfigSources sources;
  sources.environment = {{"SHOAL_DATA_DIR", "/d"}};
  const auto config = load_config(sources);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/d");
}

TEST(ConfigTest, PrintedConfigurationLoadsBackToTheSame) {
  const auto config = load_text(R"(
data_dir = "/with \"quotes\" \\ and\ttabs"
[mirror]
drain_timeout = "1500ms"
[swarm]
enabled = false
upload_rate = "3KiB"
[discovery]
peers = ["a:1", "[::1]:2"]
[registries."docker.io"]
[registries."r.example:5000"]
ca_file = "/x"
)");
  ASSERT_TRUE(config) << config.error().message;
  const std::string printed = to_toml(*config);
  const auto again = load_text(printed);
  ASSERT_TRUE(again) << again.error().message << "\n" << printed;
  EXPECT_EQ(to_toml(*again), printed);
  EXPECT_EQ(again->data_dir, config->data_dir);
  EXPECT_THAT(again->discovery.peers, ElementsAre("a:1", "[::1]:2"));
  EXPECT_EQ(again->registries.at("r.example:5000").ca_file, "/x");
  EXPECT_EQ(again->mirror.drain_timeout, milliseconds(1500));
}

TEST(EnvironmentTest, TakesOnlyWhatIsMeantForShoal) {
  const char* const variables[] = {"PATH=/bin",     "SHOAL_DATA_DIR=/a=b", "SHOALS=1",
                                   "SHOAL_NOTHING", "SHOAL_EMPTY=",        nullptr};
  EXPECT_THAT(shoal_environment(variables),
              ElementsAre(Pair("SHOAL_DATA_DIR", "/a=b"), Pair("SHOAL_EMPTY", "")));
}

}  // namespace
}  // namespace shoal::daemon
