#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config.h"

namespace shoal::daemon {

// A folder for one test, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The path of the new file.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// What load_config() makes of a file shoal.toml with this text. In an error's message the folder is
// left out: it begins "shoal.toml:".
Result<Config> load_text(const std::string& text,
                         std::vector<std::pair<std::string, std::string>> environment = {},
                         std::vector<Override> overrides = {});

}  // namespace shoal::daemon
