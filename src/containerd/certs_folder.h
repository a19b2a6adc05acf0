#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

// The folder that containerd's `config_path` names: a folder for each registry and `_default` for all
// others, each with a hosts.toml. containerd reads it at every pull, so every change here is one rename.
// All of it blocks.
namespace shoal::containerd {

inline constexpr const char* kDefaultRegistry = "_default";
inline constexpr const char* kHostsFile = "hosts.toml";
// Keeps what was there before, the file itself, beside the new one.
inline constexpr const char* kBackupFile = "hosts.toml.before-shoal";

enum class Outcome {
  written,    // hosts.toml has our mirror first; there was none
  added,      // the same; what was there is behind it, and kept in the backup
  unchanged,  // as it should be already
  by_hand,    // somebody else wrote the mirror into it: left alone
  restored,   // what was there before configure is there again, byte for byte
  taken_out,  // only our block was: somebody changed the file since, and that stays
  removed,    // there was none before configure
};

struct Change {
  std::string registry;
  Outcome outcome;
  std::filesystem::path file;
};

// Whether it may name a registry's folder: "_default", "docker.io", "registry.example:5000".
bool is_registry(const std::string& text);

// The registries that have a folder here, in the order of their names; none where there is no folder at all.
// Errors  io.
Result<std::vector<std::string>> registries_in(const std::filesystem::path& folder);

// Puts the mirror first for one registry. Twice is as good as once.
// Errors  invalid_argument: a hosts.toml that nothing can be put into; io, no_space. What was there is there
//         still.
Result<Change> configure(const std::filesystem::path& folder, const std::string& registry,
                         const std::string& mirror);

// Undoes what configure did for one registry.
// Errors  as above.
Result<Change> restore(const std::filesystem::path& folder, const std::string& registry);

// The hosts.toml of a registry: of two folders that may be its own, the one that containerd takes.
std::filesystem::path hosts_file_of(const std::filesystem::path& folder,
                                    const std::string& registry);

}  // namespace shoal::containerd
