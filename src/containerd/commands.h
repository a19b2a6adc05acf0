#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What `shoal containerd configure`, `restore`, `keep` and `check` do. What was done goes to stdout, an error is one
// line on stderr.
// Returns of all  the process's exit code: 0; 1 where something could not be done, or check found that
//                 images are pulled without the mirror; 2 where the arguments cannot be right.
namespace shoal::containerd {

struct Arguments {
  std::filesystem::path certs_folder = "/etc/containerd/certs.d";
  std::string mirror = "http://127.0.0.1:5050";
  std::vector<std::string> registries;  // none: all that have no folder of their own
  bool is_every_folder = false;         // those that have one as well
  std::filesystem::path config_file = "/etc/containerd/config.toml";
  std::filesystem::path root =
      "/";  // the node's: where both paths above and all in config_file are
  bool is_json = false;
};

int run_configure(const Arguments& arguments);
int run_restore(const Arguments& arguments);
// configure, again where somebody wrote a file anew, and restore on SIGTERM or SIGINT. A registry that cannot be
// configured is said once and tried again. Blocks both signals for the process.
int run_keep(const Arguments& arguments);
int run_check(const Arguments& arguments);

}  // namespace shoal::containerd
