#include <iostream>

#include "daemon/serve.h"

namespace shoal::daemon {

// In place of the daemon: says what it would have run with. A test picks the exit code by the
// cluster's name.
int serve(const Config& config) {
  std::cout << "serving " << config.data_dir.native() << " at " << config.mirror.listen << '\n';
  return config.swarm.cluster == "failing" ? 1 : 0;
}

}  // namespace shoal::daemon
