#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// containerd's config.toml, as far as it says where images are pulled from.
namespace shoal::containerd {

// What the CRI plugin, by which a kubelet pulls, ends up with.
struct RegistrySettings {
  int version = 1;                         // of the file's format; 3 and later are containerd 2's
  std::optional<std::string> config_path;  // as it is written: may be a list with colons
  bool has_mirrors = false;                // registry.mirrors
  bool has_tls_configs = false;            // registry.configs with something else than auth
  bool is_local_pull = false;              // containerd 2.1 and later: not by the transfer service
  bool is_disabled = false;                // the plugin is among disabled_plugins
  // A section of another version's name that sets something about registries: nobody reads it.
  std::string ignored_section;
  // A file whose section of the plugin replaces one that had a config_path, as imports do before
  // containerd 2.
  std::string replacing_file;
};

// The CRI plugin's name in config.toml of that version.
std::string_view plugin_name(int version);

// An absolute path of the node as this process sees it, which has the node's root at `root`.
std::filesystem::path inside(const std::filesystem::path& root, const std::filesystem::path& path);

// Reads the file and all that it imports. Absolute paths in it are taken inside `root`: that of the node,
// where this runs in a container.
// Errors  not_found: no such file; invalid_argument: not TOML, or imports without an end; io, too_large.
//         The message names the file.   Blocks.
Result<RegistrySettings> read_settings(const std::filesystem::path& file,
                                       const std::filesystem::path& root);

}  // namespace shoal::containerd
