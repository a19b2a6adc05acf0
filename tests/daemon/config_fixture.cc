#include "daemon/config_fixture.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace shoal::daemon {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "shoal-test-XXXXXX").native();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a folder for the test");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name,
                                             const std::string& text) const {
  const auto file = path_ / name;
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

Result<Config> load_text(const std::string& text,
                         std::vector<std::pair<std::string, std::string>> environment,
                         std::vector<Override> overrides) {
  const TemporaryFolder folder;
  ConfigSources sources;
  sources.file = folder.write("shoal.toml", text);
  sources.environment = std::move(environment);
  sources.overrides = std::move(overrides);
  auto loaded = load_config(sources);
  if (loaded) return loaded;
  Error error = loaded.error();
  const std::string prefix = folder.path().native() + "/";
  if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
  return fail(std::move(error));
}

}  // namespace shoal::daemon
