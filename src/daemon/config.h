#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace shoal::daemon {

// A limit on traffic; 0 is none.
struct ByteRate {
  std::uint64_t bytes_per_second = 0;
};

struct ByteSize {
  std::uint64_t bytes;
};

// Bytes, or percent of the file system where `percent` > 0; 0 is none.
struct DiskShare {
  std::uint64_t bytes = 0;
  std::uint32_t percent = 0;
};

struct LogConfig {
  std::string level = "info";
  LogFormat format = LogFormat::text;
};

struct MirrorConfig {
  std::string listen = "127.0.0.1:5050";
  std::string default_registry;  // empty = none
  std::chrono::milliseconds tag_freshness{0};
  std::chrono::milliseconds drain_timeout{30'000};
};

struct AdminConfig {
  std::string listen = "127.0.0.1:5051";
};

struct UpstreamConfig {
  bool allow_unconfigured = false;
  std::filesystem::path docker_config;  // empty = none
  std::filesystem::path extra_ca_file;  // empty = none
  std::string http_proxy;               // empty = none
  std::uint32_t connections_per_host = 16;
  ByteRate rate;
  std::string access = "upstream";  // "upstream", "shared", "off"
  std::chrono::milliseconds access_ttl{300'000};
  std::chrono::milliseconds access_grace{3'600'000};
};

struct RegistryConfig {
  std::string url;
  std::vector<std::string> fallback_urls;
  std::filesystem::path ca_file;           // empty = none
  std::filesystem::path client_cert_file;  // this and the next: both, or none
  std::filesystem::path client_key_file;
  std::string http_proxy;          // empty = as upstream.http_proxy; "direct" = none
  std::vector<std::string> allow;  // patterns; empty = all
  std::vector<std::string> deny;
  std::string tag_freshness;  // empty = as mirror.tag_freshness; "always", "offline", a duration
  std::string access;         // empty = as upstream.access
};

// All empty, or none: what this node shows to the others, and whom it trusts.
struct SwarmTlsConfig {
  std::filesystem::path ca_file;
  std::filesystem::path cert_file;
  std::filesystem::path key_file;
};

struct SwarmConfig {
  bool enabled = true;
  std::string listen = "0.0.0.0:6881";
  std::string cluster = "default";
  std::filesystem::path cluster_key;  // empty = no records of tags
  std::uint32_t neighbours = 64;
  std::uint32_t dht_port = 0;  // 0 = the one after `listen`'s, or with plaintext the same
  std::string zone;            // empty = unknown
  ByteRate upload_rate;
  ByteRate download_rate;
  std::uint32_t upload_slots = 0;  // 0 = all
  std::uint32_t connections = 4000;
  std::uint32_t connections_per_blob = 0;  // 0 = no limit of its own
  ByteSize memory{16 << 20};
  ByteSize memory_per_blob{8 << 20};
  std::chrono::milliseconds ban_time{3'600'000};
  ByteSize piece_size{0};  // 0: Shoal chooses
  bool plaintext = false;
  SwarmTlsConfig tls;

  bool has_tls() const { return !tls.ca_file.empty(); }
};

struct DiscoveryConfig {
  std::vector<std::string> peers;
  std::vector<std::string> dns;
  std::filesystem::path file;  // empty = none
  std::chrono::milliseconds refresh{30'000};
};

struct StoreConfig {
  DiskShare quota;
  DiskShare min_free{0, 5};
  std::uint32_t high_watermark = 95;  // percent of what quota and min_free leave
  std::uint32_t low_watermark = 85;
  std::chrono::milliseconds max_age{0};  // 0 = for ever
};

struct TransferConfig {
  std::chrono::milliseconds grace{60'000};
};

// Everything a person can set, checked: addresses, URLs and registry names in here are well formed.
// What each key means stands in config/shoal.toml.
struct Config {
  std::filesystem::path data_dir;
  StoreConfig store;
  LogConfig log;
  MirrorConfig mirror;
  AdminConfig admin;
  UpstreamConfig upstream;
  std::map<std::string, RegistryConfig> registries;  // by RegistryName's text
  SwarmConfig swarm;
  DiscoveryConfig discovery;
  TransferConfig transfer;

  // Where each key that somebody gave was given, by its path: "FILE:LINE", a variable or a flag.
  std::map<std::string, std::string, std::less<>> origins;
};

// An error about the value of `key` that only shows when it is used (a port in use, a folder that
// cannot be written): "FILE:LINE: mirror.listen: <what>", or "default: ..." where nobody gave it.
Error blame(const Config& config, std::string_view key, const Error& what);

// One key given on the command line.
struct Override {
  Override(std::string origin_in, std::string key_in, std::string value_in)
      : origin(std::move(origin_in)), key(std::move(key_in)), value(std::move(value_in)) {}

  std::string origin;  // the flag, for errors: "--mirror-listen"
  std::string key;     // "mirror.listen"
  std::string value;
};

// Where a configuration comes from. Later ones win: file, environment, overrides.
struct ConfigSources {
  std::filesystem::path file;                                    // empty = none
  std::vector<std::pair<std::string, std::string>> environment;  // what begins with "SHOAL_"
  std::vector<Override> overrides;
};

// Errors  invalid_argument: the message is one line, "FILE:LINE: key: what is wrong; what to do",
// or
//         with the variable's or the flag's name in place of FILE:LINE.
Result<Config> load_config(const ConfigSources& sources);

// What keeps a good configuration from being run: nodes that exchange blobs need TLS, or somebody who
// says that they do not.   Errors  invalid_argument: one line with both ways out.
Result<void> check_runnable(const Config& config);

// The variables of `environ` (as of environ(7)) that are meant for Shoal.
std::vector<std::pair<std::string, std::string>> shoal_environment(const char* const* environ);

// The whole configuration as a TOML file that loads back to the same, every key with a comment.
// There is nothing secret in it: credentials live in files that the configuration only names.
std::string to_toml(const Config& config);

}  // namespace shoal::daemon
