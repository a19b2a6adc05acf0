// Every way in which a configuration can be wrong gives one line that says where, what and what to
// do.
#include <string>

#include <gmock/gmock.h>

#include "daemon/config.h"
#include "daemon/config_file.h"
#include "daemon/config_fixture.h"

namespace shoal::daemon {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  const char* text;
  const char* message;
};

class ConfigErrorTest : public testing::TestWithParam<Case> {};

TEST_P(ConfigErrorTest, NamesLineAndKey) {
  const auto config = load_text(GetParam().text);
  ASSERT_FALSE(config) << GetParam().text;
  EXPECT_EQ(config.error().code, Errc::invalid_argument);
  EXPECT_EQ(config.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    UnknownKeys, ConfigErrorTest,
    testing::Values(
        Case{"data_dri = \"/d\"",
             "shoal.toml:1: data_dri: is no key of Shoal's; did you mean data_dir?"},
        Case{"data_dir = \"/d\"\n\n[mirror]\nlisten = \"127.0.0.1:1\"\nlisen = \"x\"",
             "shoal.toml:5: mirror.lisen: is no key of Shoal's; did you mean mirror.listen?"},
        Case{"refresh = \"1s\"",
             "shoal.toml:1: refresh: is no key of Shoal's; did you mean discovery.refresh?"},
        Case{"[mirror]\nfrobnicate = 1",
             "shoal.toml:2: mirror.frobnicate: is no key of Shoal's; `shoal config print` shows "
             "the keys there are"},
        Case{"[registries.\"ghcr.io\"]\nca_fille = \"x\"",
             "shoal.toml:2: registries.\"ghcr.io\".ca_fille: is no key of Shoal's; did you mean "
             "registries.\"ghcr.io\".ca_file?"},
        Case{"[miror]\nlisten = \"127.0.0.1:1\"",
             "shoal.toml:1: miror: is no section of Shoal's; did you mean [mirror]?"},
        Case{"[database]",
             "shoal.toml:1: database: is no section of Shoal's; the sections are store, log, "
             "mirror, "
             "admin, upstream, registries, swarm, discovery, transfer"},
        Case{"\"a\\nb\" = 1",
             "shoal.toml:1: \"a\\x0ab\": is no key of Shoal's; `shoal config print` shows the keys "
             "there are"}));

INSTANTIATE_TEST_SUITE_P(
    WrongRegistries, ConfigErrorTest,
    testing::Values(
        Case{"[registries.r]\nfallback_urls = [\"https://a\", \"b\"]",
             "shoal.toml:2: registries.r.fallback_urls: \"b\" is not a registry's URL; write it as "
             "https://host or http://host:port"},
        Case{"[registries.r]\nfallback_urls = [\"https://me:pw@a\"]",
             "shoal.toml:2: registries.r.fallback_urls: holds credentials; put them into a docker "
             "config.json, see upstream.docker_config"},
        Case{"[registries.r]\nhttp_proxy = \"proxy\"",
             "shoal.toml:2: registries.r.http_proxy: \"proxy\" is not a proxy's URL; write it as "
             "http://host:port"},
        Case{"[upstream]\nhttp_proxy = \"direct\"",
             "shoal.toml:2: upstream.http_proxy: \"direct\" is not a proxy's URL; write it as "
             "http://host:port"},
        Case{"[upstream]\nhttp_proxy = \"https://proxy\"",
             "shoal.toml:2: upstream.http_proxy: is an https URL; the proxy is talked to by http, "
             "and "
             "sees no more than that anyway"},
        Case{"[registries.r]\nallow = [\"Library/*\"]",
             "shoal.toml:2: registries.r.allow: \"Library/*\" fits no repository's name; write one "
             "like \"library/*\" or \"team/**\""},
        Case{"[registries.r]\ndeny = [\"\"]",
             "shoal.toml:2: registries.r.deny: \"\" fits no repository's name; write one "
             "like \"library/*\" or \"team/**\""},
        Case{"[registries.r]\ntag_freshness = \"sometimes\"",
             "shoal.toml:2: registries.r.tag_freshness: \"sometimes\" is no freshness; write "
             "\"always\", \"offline\" or a duration like \"5m\""},
        Case{"data_dir = \"/d\"\n[registries.r]\nclient_cert_file = \"/c\"",
             "shoal.toml:3: registries.r.client_cert_file: needs client_key_file beside it"},
        Case{"data_dir = \"/d\"\n[registries.r]\nclient_key_file = \"/k\"",
             "shoal.toml:3: registries.r.client_key_file: needs client_cert_file beside it"}));

INSTANTIATE_TEST_SUITE_P(
    WrongTypes, ConfigErrorTest,
    testing::Values(
        Case{"data_dir = 5", "shoal.toml:1: data_dir: is an integer; write a path in quotes"},
        Case{"[log]\nlevel = true",
             "shoal.toml:2: log.level: is a boolean; write a string in quotes"},
        Case{"[log]\nformat = 1",
             "shoal.toml:2: log.format: is an integer; write \"text\" or \"json\""},
        Case{"[swarm]\nenabled = \"yes\"",
             "shoal.toml:2: swarm.enabled: is a string; write true or false"},
        Case{"[mirror]\ntag_freshness = 30",
             "shoal.toml:2: mirror.tag_freshness: is an integer; write a duration in quotes, like "
             "\"30s\""},
        Case{"[mirror]\ntag_freshness = 1.5",
             "shoal.toml:2: mirror.tag_freshness: is a number with a fraction; write a duration in "
             "quotes, like \"30s\""},
        Case{"[mirror]\ndrain_timeout = 10:30:00",
             "shoal.toml:2: mirror.drain_timeout: is a date or a time; write a duration in quotes, "
             "like \"30s\""},
        Case{"[upstream]\nconnections_per_host = \"16\"",
             "shoal.toml:2: upstream.connections_per_host: is a string; write a whole number"},
        Case{"[swarm]\nupload_rate = false",
             "shoal.toml:2: swarm.upload_rate: is a boolean; write bytes per second in quotes, "
             "like \"64MiB\""},
        Case{"[discovery]\npeers = \"a:1\"",
             "shoal.toml:2: discovery.peers: is a string; write a list of strings, like [\"a\", "
             "\"b\"]"},
        Case{"[discovery]\npeers = [\"a:1\", 2]",
             "shoal.toml:2: discovery.peers: is a list of something else than strings; write a "
             "list of strings, like [\"a\", \"b\"]"},
        Case{"[mirror.listen]",
             "shoal.toml:1: mirror.listen: is a section; write a string in quotes"},
        Case{"mirror = \"127.0.0.1:1\"",
             "shoal.toml:1: mirror: is a section; write [mirror] on a line of its own and its keys "
             "below it"},
        Case{"[[registries]]\nurl = \"x\"",
             "shoal.toml:1: registries: is a section; write [registries] on a line of its own and "
             "its keys below it"}));

INSTANTIATE_TEST_SUITE_P(
    BadValues, ConfigErrorTest,
    testing::Values(
        Case{"data_dir = \"\"",
             "shoal.toml:1: data_dir: is empty; write a folder, like \"/var/lib/shoal\""},
        Case{"data_dir = \"/a\\u0000b\"",
             "shoal.toml:1: data_dir: \"/a\\x00b\" is no value for it; write a path in quotes"},
        Case{"[log]\nlevel = \"loud\"",
             "shoal.toml:2: log.level: \"loud\" is not a level; write trace, debug, info, warn or "
             "error"},
        Case{"[log]\nformat = \"xml\"",
             "shoal.toml:2: log.format: \"xml\" is no value for it; write \"text\" or \"json\""},
        Case{"[mirror]\nlisten = \"localhost:5050\"",
             "shoal.toml:2: mirror.listen: \"localhost:5050\" is not an address to listen on; "
             "write it as 127.0.0.1:5050, 0.0.0.0:5050 or [::]:5050"},
        Case{"[mirror]\ndefault_registry = \"https://docker.io\"",
             "shoal.toml:2: mirror.default_registry: \"https://docker.io\" is not a registry; "
             "write its host, like \"docker.io\""},
        Case{"[mirror]\ndrain_timeout = \"soon\"",
             "shoal.toml:2: mirror.drain_timeout: \"soon\" is not a duration; write it as 500ms, "
             "30s, 5m or 1h"},
        Case{"[upstream]\nconnections_per_host = 0",
             "shoal.toml:2: upstream.connections_per_host: 0 is out of bounds; write 1 to 1024"},
        Case{"[upstream]\nconnections_per_host = -1",
             "shoal.toml:2: upstream.connections_per_host: \"-1\" is no value for it; write a "
             "whole number"},
        Case{"[upstream]\nconnections_per_host = 4294967297",
             "shoal.toml:2: upstream.connections_per_host: \"4294967297\" is no value for it; "
             "write a whole number"},
        Case{"[registries.\"a/b\"]",
             "shoal.toml:1: registries.\"a/b\": is not named after a registry; write "
             "[registries.\"host\"] or [registries.\"host:port\"]"},
        Case{"[registries.x]\nurl = \"ftp://x\"",
             "shoal.toml:2: registries.x.url: \"ftp://x\" is not a registry's URL; write it as "
             "https://host or http://host:port"},
        Case{"[registries.x]\nurl = \"https://x/some/path\"",
             "shoal.toml:2: registries.x.url: \"https://x/some/path\" is not a registry's URL; "
             "write it as https://host or http://host:port"},
        Case{"[registries.x]\nurl = \"https://me:secret@x\"",
             "shoal.toml:2: registries.x.url: holds credentials; put them into a docker "
             "config.json, see upstream.docker_config"},
        Case{"[swarm]\ncluster = \"two words\"",
             "shoal.toml:2: swarm.cluster: \"two words\" is not a cluster's name; write 1 to 64 "
             "printable ASCII characters without spaces"},
        Case{"[swarm]\ndownload_rate = -5",
             "shoal.toml:2: swarm.download_rate: \"-5\" is no value for it; write bytes per second "
             "in quotes, like \"64MiB\""},
        Case{"[swarm]\ndownload_rate = \"fast\"",
             "shoal.toml:2: swarm.download_rate: \"fast\" is not a byte count; write it as 4096, "
             "64MiB or 1.5GiB"},
        Case{"[discovery]\npeers = [\"a:1\", \"b\"]",
             "shoal.toml:2: discovery.peers: \"b\" is not a host and a port; write it as "
             "10.0.0.11:6881, node-12.example:6881 or [2001:db8::7]:6881"},
        Case{"[discovery]\ndns = [\"shoal.example\"]",
             "shoal.toml:2: discovery.dns: \"shoal.example\" is not a name to look up; write it as "
             "shoal.example:6881, or _swarm._tcp.shoal.example for SRV records"},
        Case{"[discovery]\ndns = [\"10.0.0.1:6881\"]",
             "shoal.toml:2: discovery.dns: \"10.0.0.1:6881\" is an address and no name; it belongs "
             "into discovery.peers"},
        Case{"[upstream]\nrate = \"1KiB\"",
             "shoal.toml:2: upstream.rate: 1024 is too little; write \"64KiB\" or more, or \"0\" "
             "for "
             "no limit"},
        Case{"[swarm]\nzone = \"rack 7\"",
             "shoal.toml:2: swarm.zone: \"rack 7\" is not a zone; write up to 63 letters, digits, "
             "\"-\", \"_\" and \".\""},
        Case{"[swarm]\nupload_slots = 10001",
             "shoal.toml:2: swarm.upload_slots: 10001 is out of bounds; write 0 to 10000"},
        Case{"[store]\nquota = \"101%\"",
             "shoal.toml:2: store.quota: \"101%\" is no value for it; write bytes or percent in "
             "quotes, like \"200GiB\" or \"80%\""},
        Case{"[store]\nmin_free = \"-1%\"",
             "shoal.toml:2: store.min_free: \"-1%\" is no value for it; write bytes or percent in "
             "quotes, like \"200GiB\" or \"80%\""},
        Case{"[store]\nmin_free = false",
             "shoal.toml:2: store.min_free: is a boolean; write bytes or percent in quotes, like "
             "\"200GiB\" or \"80%\""},
        Case{"[store]\nhigh_watermark = 101",
             "shoal.toml:2: store.high_watermark: 101 is out of bounds; write 1 to 100"},
        Case{"data_dir = \"/d\"\n[store]\nhigh_watermark = 80",
             "shoal.toml:3: store.low_watermark: is 85, which is over store.high_watermark, 80; "
             "write less"},
        Case{"[swarm]\npiece_size = \"48KiB\"",
             "shoal.toml:2: swarm.piece_size: 49152 is not a piece's size; write a power of two "
             "from \"16KiB\" to \"4MiB\", or \"0\""},
        Case{"[swarm]\npiece_size = -1",
             "shoal.toml:2: swarm.piece_size: \"-1\" is no value for it; write bytes in quotes, "
             "like \"64MiB\""},
        Case{"[swarm]\nconnections = 0",
             "shoal.toml:2: swarm.connections: 0 is out of bounds; write 1 to 100000"},
        Case{
            "[swarm]\nconnections_per_blob = 100001",
            "shoal.toml:2: swarm.connections_per_blob: 100001 is out of bounds; write 0 to 100000"},
        Case{"[swarm]\nmemory = \"1023KiB\"",
             "shoal.toml:2: swarm.memory: 1047552 is out of bounds; write \"1MiB\" to \"64GiB\""},
        Case{"[swarm]\nmemory_per_blob = true",
             "shoal.toml:2: swarm.memory_per_blob: is a boolean; write bytes in quotes, like "
             "\"64MiB\""},
        Case{"[discovery]\nrefresh = \"999ms\"",
             "shoal.toml:2: discovery.refresh: is too often; write \"1s\" or longer"},
        Case{"",
             "shoal.toml:1: data_dir: is missing; write data_dir = \"/var/lib/shoal\", or give "
             "--data-dir or SHOAL_DATA_DIR"},
        Case{"data_dir = \"/d\"\n[mirror]\nlisten = \"127.0.0.1:9\"\n[admin]\nlisten = "
             "\"127.0.0.1:9\"",
             "shoal.toml:5: admin.listen: is the same address as mirror.listen; give each its own "
             "port"}));

INSTANTIATE_TEST_SUITE_P(
    Twice, ConfigErrorTest,
    testing::Values(
        Case{"data_dir = \"/d\"\ndata_dir = \"/e\"",
             "shoal.toml:2: data_dir: is there twice; keep one of them"},
        Case{"[mirror]\nlisten = \"127.0.0.1:1\"\n[ admin ]\nlisten = \"127.0.0.1:1\"\nlisten = "
             "\"127.0.0.1:2\"",
             "shoal.toml:5: admin.listen: is there twice; keep one of them"},
        Case{"[mirror]\n[admin]\n[mirror]",
             "shoal.toml:3: mirror: is there twice; keep one of them"},
        Case{"[registries.\"docker.io\"]\n[registries.\"Docker.IO\"]",
             "shoal.toml:2: registries.\"docker.io\": is there twice; keep one of them"}));

INSTANTIATE_TEST_SUITE_P(FirstLineWins, ConfigErrorTest,
                         testing::Values(Case{
                             "[swarm]\nenabled = 1\n[admin]\nlisten = 2",
                             "shoal.toml:2: swarm.enabled: is an integer; write true or false"}));

TEST(ConfigSyntaxTest, ErrorsNameTheLineAndAreOneLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"data_dir = /d", "shoal.toml:1: not TOML: "},
      {"\n\nx", "shoal.toml:3: not TOML: "},
      {"[mirror", "shoal.toml:1: not TOML: "},
      {"a = \"x\ny\"", "shoal.toml:1: not TOML: "},
      {"a = \xff", "shoal.toml:1: not TOML: "},
      {std::string("a\0b", 3), "shoal.toml:1: not "}};
  for (const auto& [text, prefix] : cases) {
    const auto config = load_text(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, StartsWith(prefix));
    EXPECT_THAT(config.error().message, HasSubstr("; write a key as name = value"));
    EXPECT_EQ(config.error().message.find('\n'), std::string::npos) << config.error().message;
  }
}

TEST(ConfigSyntaxTest, DeepNestingIsRefusedNotFollowed) {
  const auto config = load_text("a = " + std::string(100'000, '['));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, StartsWith("shoal.toml:1: "));
}

TEST(ConfigFileTest, MissingFileFolderAndHugeFileAreNamed) {
  const TemporaryFolder folder;
  ConfigSources sources;
  sources.file = folder.path() / "none.toml";
  EXPECT_EQ(load_config(sources).error().message,
            sources.file.native() +
                ": cannot be read: No such file or directory; give a readable file with --config");
  sources.file = folder.path();
  EXPECT_THAT(load_config(sources).error().message, HasSubstr(": cannot be read: Is a directory;"));
  sources.file = folder.write("huge.toml", std::string(kConfigFileBytesMax + 1, '#'));
  EXPECT_THAT(load_config(sources).error().message, HasSubstr("is over 1 MiB"));
  sources.file = folder.write("large.toml", std::string(kConfigFileBytesMax, '#'));
  EXPECT_THAT(load_config(sources).error().message, HasSubstr("data_dir: is missing"));
}

struct TextCase {
  const char* name;
  const char* value;
  const char* message;
};

TEST(ConfigVariableTest, ErrorsNameTheVariable) {
  const TextCase cases[] = {
      {"SHOAL_MIRROR_LISTEN", "nowhere",
       "SHOAL_MIRROR_LISTEN: mirror.listen: \"nowhere\" is not an address to listen on; write it "
       "as 127.0.0.1:5050, 0.0.0.0:5050 or [::]:5050"},
      {"SHOAL_SWARM_ENABLED", "1",
       "SHOAL_SWARM_ENABLED: swarm.enabled: \"1\" is no value for it; write true or false"},
      {"SHOAL_UPSTREAM_CONNECTIONS_PER_HOST", "4x",
       "SHOAL_UPSTREAM_CONNECTIONS_PER_HOST: upstream.connections_per_host: \"4x\" is no value for "
       "it; write a whole number"},
      {"SHOAL_DISCOVERY_PEERS", "a:1,,b:2",
       "SHOAL_DISCOVERY_PEERS: discovery.peers: \"\" is not a host and a port; write it as "
       "10.0.0.11:6881, node-12.example:6881 or [2001:db8::7]:6881"},
      {"SHOAL_MIROR_LISTEN", "127.0.0.1:1",
       "SHOAL_MIROR_LISTEN: is no key of Shoal's; did you mean SHOAL_MIRROR_LISTEN?"},
      {"SHOAL_FROBNICATE", "1",
       "SHOAL_FROBNICATE: is no key of Shoal's; unset it, or give the key with --set"},
  };
  for (const auto& [name, value, message] : cases) {
    const auto config = load_text("data_dir = \"/d\"", {{name, value}});
    ASSERT_FALSE(config) << name;
    EXPECT_EQ(config.error().message, message);
  }
}

TEST(ConfigFlagTest, ErrorsNameTheFlag) {
  const std::pair<Override, const char*> cases[] = {
      {Override("--admin-listen", "admin.listen", ":1"),
       "--admin-listen: admin.listen: \":1\" is not an address to listen on; write it as "
       "127.0.0.1:5050, 0.0.0.0:5050 or [::]:5050"},
      {Override("--set", "transfer.grace", "long"),
       "--set: transfer.grace: \"long\" is not a duration; write it as 500ms, 30s, 5m or 1h"},
      {Override("--set", "transfer.grase", "1s"),
       "--set: transfer.grase: is no key of Shoal's; did you mean transfer.grace?"},
      {Override("--set", "", "1s"),
       "--set: \"\": is no key of Shoal's; `shoal config print` shows the keys there are"},
      {Override("--set", "mirror", "1s"),
       "--set: mirror: is a section; write [mirror] on a line of its own and its keys below it"},
      {Override("--set", "registries.a/b.url", "https://x"),
       "--set: registries.\"a/b\".url: is not named after a registry; write [registries.\"host\"] "
       "or [registries.\"host:port\"]"},
      {Override("--set", "registries.x.uri", "https://x"),
       "--set: registries.x.uri: is no key of Shoal's; did you mean registries.x.url?"},
  };
  for (const auto& [given, message] : cases) {
    const auto config = load_text("data_dir = \"/d\"", {}, {given});
    ASSERT_FALSE(config) << given.key;
    EXPECT_EQ(config.error().message, message);
  }
}

TEST(ConfigFlagTest, ClashOfAddressesNamesWhereOneOfThemWasSet) {
  const auto config =
      load_text("data_dir = \"/d\"", {}, {{"--mirror-listen", "mirror.listen", "127.0.0.1:5051"}});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, StartsWith("--mirror-listen: admin.listen: is the same"));
  EXPECT_TRUE(load_text("data_dir = \"/d\"", {},
                        {{"--mirror-listen", "mirror.listen", "127.0.0.1:0"},
                         {"--admin-listen", "admin.listen", "127.0.0.1:0"}}));
}

TEST(ConfigSourcesTest, NothingAtAllSaysWhatToGive) {
  const auto config = load_config(ConfigSources{});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message,
            "configuration: data_dir: is missing; write data_dir = \"/var/lib/shoal\", or give "
            "--data-dir or SHOAL_DATA_DIR");
}

}  // namespace
}  // namespace shoal::daemon
