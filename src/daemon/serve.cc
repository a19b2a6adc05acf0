#include "daemon/serve.h"

#include <iostream>

#include "daemon/commands.h"
#include "daemon/daemon.h"

namespace shoal::daemon {

int serve(const Config& config) {
  Daemon daemon(config);
  if (const auto started = daemon.start(); !started) {
    std::cerr << started.error().message << '\n';
    return kExitUsage;
  }
  daemon.run();
  return kExitOk;
}

}  // namespace shoal::daemon
