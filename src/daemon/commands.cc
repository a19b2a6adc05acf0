#include "daemon/commands.h"

#include <iostream>

#include "base/log.h"
#include "base/version.h"
#include "daemon/serve.h"

namespace shoal::daemon {
namespace {

int refuse(const Error& error) {
  std::cerr << error.message << '\n';
  return kExitUsage;
}

}  // namespace

int run_serve(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return refuse(config.error());
  if (auto runnable = check_runnable(*config); !runnable) return refuse(runnable.error());
  const auto logging = configure_logging(config->log.format, config->log.level);
  if (!logging) return refuse(logging.error());
  return serve(*config);
}

int run_config_check(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return refuse(config.error());
  if (auto runnable = check_runnable(*config); !runnable) return refuse(runnable.error());
  std::cout << "ok\n";
  return kExitOk;
}

int run_config_print(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return refuse(config.error());
  std::cout << to_toml(*config);
  return kExitOk;
}

int run_version() {
  std::cout << "shoal " << kVersion << '\n';
  return kExitOk;
}

}  // namespace shoal::daemon
