#pragma once

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

}  // namespace shoal::daemon
