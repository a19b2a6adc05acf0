#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/version.h"
#include "daemon/commands.h"

namespace {

using shoal::daemon::ConfigSources;
using shoal::daemon::Override;

constexpr std::pair<const char*, const char*> kNamedOverrides[] = {
    {"--data-dir", "data_dir"},
    {"--mirror-listen", "mirror.listen"},
    {"--admin-listen", "admin.listen"},
    {"--log-level", "log.level"},
    {"--log-format", "log.format"}};

// The options of every command that reads a configuration.
void add_config_options(CLI::App& command, ConfigSources& sources) {
  command.add_option("--config", sources.file, "The TOML file to read")->type_name("FILE");
  const auto set = [&sources](const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      throw CLI::ValidationError("--set", "\"" + text + "\" has no value; write --set KEY=VALUE");
    }
    sources.overrides.emplace_back("--set", text.substr(0, equals), text.substr(equals + 1));
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [set](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) set(text);
          },
          "Override one key, like mirror.drain_timeout=5s; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  for (const auto& [flag, key] : kNamedOverrides) {
    const auto add = [&sources, flag = flag, key = key](const std::string& value) {
      sources.overrides.emplace_back(flag, key, value);
    };
    command.add_option_function<std::string>(flag, add,
                                             std::string("Same as --set ") + key + "=...");
  }
}

int run(int argc, char** argv) {
  CLI::App app("Shoal: a peer-to-peer, node-local registry mirror for containerd.", "shoal");
  app.footer("Every key can also be set by a variable: SHOAL_MIRROR_LISTEN for mirror.listen.");
  app.require_subcommand(1);
  ConfigSources sources;
  CLI::App& serve = *app.add_subcommand("serve", "Run the daemon in the foreground");
  CLI::App& config = *app.add_subcommand("config", "Look at a configuration without running it");
  CLI::App& version = *app.add_subcommand("version", "Print the version");
  config.require_subcommand(1);
  CLI::App& check = *config.add_subcommand("check", "Say ok, or what is wrong in one line");
  CLI::App& print = *config.add_subcommand("print", "Print the effective configuration as TOML");
  for (CLI::App* command : {&serve, &check, &print}) add_config_options(*command, sources);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::cerr << "shoal: " << error.what() << "; see shoal --help\n";
    return shoal::daemon::kExitUsage;
  }
  sources.environment = shoal::daemon::shoal_environment(environ);
  if (version) return shoal::daemon::run_version();
  if (check) return shoal::daemon::run_config_check(sources);
  if (print) return shoal::daemon::run_config_print(sources);
  return shoal::daemon::run_serve(sources);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "shoal: " << error.what() << '\n';
    return shoal::daemon::kExitFailed;
  }
}
