#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/config.h"
#include "daemon/config_field.h"

namespace shoal::daemon {

// A key as a source named it: {"mirror", "listen"}, {"registries", "docker.io", "url"}.
using KeyPath = std::vector<std::string>;

// Everything the program knows about one key. The table of these drives the file, the environment,
// the flags, the errors and `shoal config print`.
struct Key {
  std::string_view path;  // "mirror.listen"; "registries.*.url" stands for that of any registry
  std::string_view doc;   // one line
  // `registry` matters only to "registries.*" keys; an entry that is not there yet is made.
  Field (*field)(Config& config, const std::string& registry);
  // What the type alone does not rule out. nullptr = nothing.
  Result<void> (*check)(const Field& field) = nullptr;
};

inline constexpr std::string_view kRegistries = "registries";

// In the order in which people should read them.
std::span<const Key> keys();

// nullptr where there is no such key.
const Key* find_key(const KeyPath& path);
// Whether `path` is a table that may hold keys: "mirror", "registries", any registry in it.
bool is_section(const KeyPath& path);

// "mirror.listen" as typed on a command line. In "registries.docker.io.url" all that stands between
// the first and the last dot is the registry, with or without quotes.
KeyPath parse_key_path(std::string_view text);
// The path as it is written in TOML, fit for an error message.
std::string to_text(const KeyPath& path);

// "did you mean mirror.listen?" for a path that is almost a key's, else where to look.
std::string suggestion(const KeyPath& path);

// The same for a section's name.
std::string section_suggestion(std::string_view name);

// SHOAL_MIRROR_LISTEN for mirror.listen; empty for keys of registries, whose names a variable's
// name cannot hold.
std::string variable_name(const Key& key);

// The registry's entry in `config`, made with its defaults if need be.
RegistryConfig& registry_entry(Config& config, const std::string& name);

}  // namespace shoal::daemon
