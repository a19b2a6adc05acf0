// config/shoal.toml is the documentation of every key: it must load, leave out nothing, and show
// the defaults the code really has.
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>

#include "daemon/config.h"
#include "daemon/config_key.h"

namespace shoal::daemon {
namespace {

struct Documented {
  std::map<std::string, std::string> values;  // by path: what stands behind "="
  std::set<std::string> explained;            // paths with a comment of prose above them
  std::set<std::string> twice;
};

// `key = value` and `# key = value` as key and value.
std::optional<std::pair<std::string, std::string>> parse_setting(std::string_view line) {
  if (line.starts_with("# ")) line.remove_prefix(2);
  const auto equals = line.find(" = ");
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = line.substr(0, equals);
  if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::pair(std::string(key), std::string(line.substr(equals + 3)));
}

// Reads all settings; deeper indented lines of a comment are examples.
Documented read_reference() {
  Documented documented;
  std::ifstream file(SHOAL_REFERENCE_FILE);
  std::string section;
  bool prose_above = false;
  for (std::string line; std::getline(file, line);) {
    const auto setting = parse_setting(line);
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2) + ".";
      prose_above = false;
    } else if (setting) {
      const std::string path = section + setting->first;
      if (!documented.values.emplace(path, setting->second).second) documented.twice.insert(path);
      if (prose_above) documented.explained.insert(path);
    } else {
      prose_above = line.starts_with("# ");
    }
  }
  return documented;
}

// The key's path as the reference spells it: Docker Hub stands for all registries.
std::string reference_path(const Key& key) {
  KeyPath path = parse_key_path(key.path);
  if (path[0] == kRegistries) path[1] = "docker.io";
  return to_text(path);
}

TEST(ConfigReferenceTest, LoadsAsItStands) {
  ConfigSources sources;
  sources.file = SHOAL_REFERENCE_FILE;
  const auto config = load_config(sources);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/var/lib/shoal");
  EXPECT_TRUE(config->registries.contains("docker.io"));
}

TEST(ConfigReferenceTest, ShowsEveryKeyWithTheCodesDefault) {
  const Documented documented = read_reference();
  Config defaults;
  for (const Key& key : keys()) {
    const std::string path = reference_path(key);
    ASSERT_TRUE(documented.values.contains(path)) << path << " is not in config/shoal.toml";
    if (key.path == "data_dir") continue;  // required: it has no default
    EXPECT_EQ(documented.values.at(path), render(key.field(defaults, "docker.io"))) << path;
  }
}

TEST(ConfigReferenceTest, ExplainsEveryKeyOnceAndNoOthers) {
  const Documented documented = read_reference();
  std::set<std::string> known;
  for (const Key& key : keys()) known.insert(reference_path(key));
  for (const auto& [path, value] : documented.values) {
    EXPECT_TRUE(known.contains(path)) << path << " is in config/shoal.toml, but no key";
  }
  EXPECT_THAT(documented.twice, testing::IsEmpty());
  // Two limits share their explanation.
  known.erase("swarm.download_rate");
  EXPECT_THAT(documented.explained, testing::IsSupersetOf(known));
}

TEST(ConfigKeyTest, EveryKeyHasOneLineOfDocumentationAndAVariableOfItsOwn) {
  std::set<std::string> variables;
  for (const Key& key : keys()) {
    EXPECT_FALSE(key.doc.empty()) << key.path;
    EXPECT_EQ(key.doc.find('\n'), std::string_view::npos) << key.path;
    const std::string variable = variable_name(key);
    if (key.path.starts_with(kRegistries)) {
      EXPECT_EQ(variable, "");
    } else {
      EXPECT_TRUE(variables.insert(variable).second) << variable;
    }
  }
  EXPECT_TRUE(variables.contains("SHOAL_DATA_DIR"));
  EXPECT_TRUE(variables.contains("SHOAL_UPSTREAM_CONNECTIONS_PER_HOST"));
}

}  // namespace
}  // namespace shoal::daemon
