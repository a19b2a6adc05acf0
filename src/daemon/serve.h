#pragma once

#include "daemon/config.h"

namespace shoal::daemon {

// Runs the daemon in the foreground until SIGTERM or SIGINT has drained it.
// Returns  the process's exit code: 0 after a drain, 2 where the configuration does not fit this
//          machine (a port in use, a folder that cannot be written), 1 for everything else.
int serve(const Config& config);

}  // namespace shoal::daemon
