#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

// Why containerd would not ask the mirror, though it says nothing of it.
namespace shoal::containerd {

struct Finding {
  std::string code;  // one word for programs: "no_config_path"
  bool is_error;  // images are pulled without the mirror; else: some are, or only some versions do
  std::string problem;
  std::string remedy;
};

struct Diagnosis {
  std::filesystem::path config_file;
  int config_version = 0;  // 0: there is no file
  std::string config_path;
  std::vector<Finding> findings;

  bool works() const;
};

struct DiagnosisQuestion {
  std::filesystem::path config_file;   // containerd's config.toml
  std::filesystem::path certs_folder;  // where hosts.toml are, as containerd has to name it
  std::filesystem::path root = "/";    // the node's, where this runs in a container
  std::string mirror;
};

// Errors  invalid_argument: a file of containerd's configuration is not TOML; io.   Blocks.
Result<Diagnosis> diagnose(const DiagnosisQuestion& question);

}  // namespace shoal::containerd
