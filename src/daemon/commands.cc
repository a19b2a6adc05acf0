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

// Who only asks needs no data folder; one that was given counts no less.
Result<HostPort> admin_server(ConfigSources sources) {
  sources.overrides.emplace_back("default", "data_dir", "/");
  const auto config = load_config(sources);
  if (!config) return fail(config.error());
  auto server = parse_listen_address(config->admin.listen);
  if (!server) return fail(server.error());
  if (server->host == "0.0.0.0") server->host = "127.0.0.1";
  if (server->host == "::") server->host = "::1";
  return server;
}

int run_version() {
  std::cout << "shoal " << kVersion << '\n';
  return kExitOk;
}

}  // namespace shoal::daemon
