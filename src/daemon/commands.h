#pragma once

#include <filesystem>
#include <string>

#include "base/host_port.h"
#include "daemon/config.h"

// What `shoal <command>` does once the command line is read. Results go to stdout; an error is one
// line on stderr.   Returns of all  the process's exit code.
namespace shoal::daemon {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  // the command line or the configuration is wrong

int run_serve(const ConfigSources& sources);
int run_config_check(const ConfigSources& sources);
int run_config_print(const ConfigSources& sources);
int run_version();

// Where the daemon of this configuration can be asked from this machine.
// Errors  invalid_argument: the configuration is wrong.
Result<HostPort> admin_server(ConfigSources sources);

// What `shoal pki` is given.
struct PkiArguments {
  std::filesystem::path authority;  // issue: the authority's folder
  std::filesystem::path out;        // init, issue: the folder to make
  std::filesystem::path shown;      // show: a file or a folder
  std::string name;                 // of the authority or the node
  unsigned days = 0;
};
int run_pki_init(const PkiArguments& arguments);
int run_pki_issue(const PkiArguments& arguments);
int run_pki_show(const PkiArguments& arguments);

}  // namespace shoal::daemon
