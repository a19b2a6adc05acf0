#include "containerd/containerd_config.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

#include "base/files.h"
#include "base/text.h"

namespace shoal::containerd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 256;
constexpr int kFirstMergingVersion = 3;

// The plugin's names, by the version of the file.
constexpr std::string_view kShortName = "cri";
constexpr std::string_view kGrpcName = "io.containerd.grpc.v1.cri";
constexpr std::string_view kImagesName = "io.containerd.cri.v1.images";
constexpr std::array kPluginNames{kShortName, kGrpcName, kImagesName};

struct File {
  File(fs::path path_in, toml::table table_in)
      : path(std::move(path_in)), table(std::move(table_in)) {}
  fs::path path;
  toml::table table;
};

// A path as it is written in `file`, and as this process sees it.
fs::path resolved(const std::string& written, const fs::path& file, const fs::path& root) {
  const fs::path path(written);
  return path.is_absolute() ? inside(root, path) : file.parent_path() / path;
}

// The files of a pattern, sorted; a path without a wildcard is one even if nothing is there, which is an
// error to containerd as well.
std::vector<fs::path> matching(const fs::path& pattern) {
  if (pattern.native().find_first_of("*?[") == std::string::npos) return {pattern};
  glob_t found{};
  std::vector<fs::path> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

Result<toml::table> parse_file(const fs::path& path) {
  const auto text = read_text_file(path);
  if (!text) return fail(text.error());
  try {
    return toml::parse(*text);
  } catch (const toml::parse_error& error) {
    return fail(Errc::invalid_argument, path.native() + ":" +
                                            std::to_string(error.source().begin.line) +
                                            ": not TOML: " + printable(error.description(), 200));
  }
}

// The file and what it imports, each once, in the order in which containerd takes them.
Result<std::vector<File>> read_files(const fs::path& first, const fs::path& root) {
  std::vector<fs::path> waiting{first};
  std::vector<File> files;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (i >= kFilesMax)
      return fail(Errc::invalid_argument, first.native() + ": imports too many files");
    const fs::path path = waiting[i];
    auto table = parse_file(path);
    if (!table) return fail(table.error());
    files.emplace_back(path, std::move(*table));
    const toml::array* imports = files.back().table["imports"].as_array();
    if (!imports) continue;
    for (const toml::node& import : *imports) {
      const auto* written = import.as_string();
      if (!written || written->get().empty()) continue;
      for (fs::path& found : matching(resolved(written->get(), path, root))) {
        if (std::find(waiting.begin(), waiting.end(), found) == waiting.end()) {
          waiting.push_back(std::move(found));
        }
      }
    }
  }
  return files;
}

// What a later file says goes before what an earlier one said, key by key.
void merge(toml::table& into, const toml::table& from) {
  for (const auto& [key, node] : from) {
    toml::table* inner = into[key].as_table();
    if (inner && node.is_table()) {
      merge(*inner, *node.as_table());
    } else {
      into.insert_or_assign(key, node);
    }
  }
}

bool has_entries(const toml::table* table) {
  return table && !table->empty();
}

bool has_config_path(const toml::table& plugin) {
  return !plugin["registry"]["config_path"].value_or(std::string()).empty();
}

bool sets_registries(const toml::table* plugin) {
  return plugin &&
         (has_config_path(*plugin) || has_entries((*plugin)["registry"]["mirrors"].as_table()));
}

bool has_tls_configs(const toml::table& registry) {
  const toml::table* configs = registry["configs"].as_table();
  if (!configs) return false;
  return std::any_of(configs->begin(), configs->end(), [](const auto& entry) {
    const toml::table* one = entry.second.as_table();
    return one && one->contains("tls");
  });
}

bool disables_plugin(const toml::table& table) {
  const toml::array* names = table["disabled_plugins"].as_array();
  if (!names) return false;
  return std::any_of(names->begin(), names->end(), [](const toml::node& name) {
    const auto* text = name.as_string();
    return text &&
           std::find(kPluginNames.begin(), kPluginNames.end(), text->get()) != kPluginNames.end();
  });
}

// The plugin's section as all files together make it.
toml::table plugin_section(const std::vector<File>& files, RegistrySettings& settings) {
  const std::string_view name = plugin_name(settings.version);
  toml::table section;
  for (const File& file : files) {
    settings.is_disabled |= disables_plugin(file.table);
    const toml::table* plugins = file.table["plugins"].as_table();
    if (!plugins) continue;
    for (const std::string_view other : kPluginNames) {
      if (other == name || !sets_registries((*plugins)[other].as_table())) continue;
      settings.ignored_section = file.path.native() + ": plugins.\"" + std::string(other) + "\"";
    }
    const toml::table* found = (*plugins)[name].as_table();
    if (!found) continue;
    if (settings.version >= kFirstMergingVersion) {
      merge(section, *found);
      continue;
    }
    if (has_config_path(section) && !has_config_path(*found)) {
      settings.replacing_file = file.path.native();
    }
    section = *found;
  }
  return section;
}

}  // namespace

std::string_view plugin_name(int version) {
  if (version <= 1) return kShortName;
  return version == 2 ? kGrpcName : kImagesName;
}

fs::path inside(const fs::path& root, const fs::path& path) {
  return root / path.relative_path();
}

Result<RegistrySettings> read_settings(const fs::path& file, const fs::path& root) {
  const auto files = read_files(file, root);
  if (!files) return fail(files.error());
  RegistrySettings settings;
  settings.version = static_cast<int>(
      std::clamp<std::int64_t>(files->front().table["version"].value_or(std::int64_t{1}), 1, 1000));
  const toml::table section = plugin_section(*files, settings);
  settings.is_local_pull = section["use_local_image_pull"].value_or(false);
  const toml::table* registry = section["registry"].as_table();
  if (!registry) return settings;
  settings.config_path = (*registry)["config_path"].value<std::string>();
  settings.has_mirrors = has_entries((*registry)["mirrors"].as_table());
  settings.has_tls_configs = has_tls_configs(*registry);
  return settings;
}

}  // namespace shoal::containerd
