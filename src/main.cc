#include <unistd.h>

#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/version.h"
#include "cli/commands.h"
#include "containerd_options.h"
#include "daemon/commands.h"
#include "manual/completion.h"
#include "manual/man_page.h"

namespace {

using shoal::daemon::ConfigSources;
using shoal::daemon::PkiArguments;

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

// `shoal pki`: what there is to do with certificates.
struct PkiCommands {
  explicit PkiCommands(CLI::App& app);
  // The exit code of the one that was given, if one was.
  std::optional<int> run() const;

  PkiArguments arguments;
  CLI::App& pki;
  CLI::App& init;
  CLI::App& issue;
  CLI::App& show;
};

void add_days(CLI::App& command, unsigned& days) {
  command.add_option("--days", days, "How long the certificate is good")
      ->type_name("N")
      ->check(CLI::Range(1, 36'500));
}

PkiCommands::PkiCommands(CLI::App& app)
    : pki(*app.add_subcommand("pki", "Make and look at certificates for the nodes of a cluster")),
      init(*pki.add_subcommand("init", "Make a cluster's authority: ca.pem and ca.key")),
      issue(*pki.add_subcommand("issue", "Make a node's files: node.pem, node.key and ca.pem")),
      show(*pki.add_subcommand("show", "Say what is in a certificate file or a folder of them")) {
  pki.require_subcommand(1);
  init.add_option("--out", arguments.out, "The folder to put it into")
      ->required()
      ->type_name("DIR");
  init.add_option("--name", arguments.name, "What to call it, \"Shoal cluster CA\" by default");
  issue.add_option("--ca", arguments.authority, "The authority's folder")
      ->required()
      ->type_name("DIR");
  issue.add_option("--out", arguments.out, "The folder to put them into")
      ->required()
      ->type_name("DIR");
  issue.add_option("--node", arguments.name,
                   "What to call the node, for people to tell them apart");
  show.add_option("place", arguments.shown, "A file, or a folder with *.pem files")
      ->required()
      ->type_name("FILE|DIR");
  for (CLI::App* command : {&init, &issue}) add_days(*command, arguments.days);
}

std::optional<int> PkiCommands::run() const {
  if (init) return shoal::daemon::run_pki_init(arguments);
  if (issue) return shoal::daemon::run_pki_issue(arguments);
  if (show) return shoal::daemon::run_pki_show(arguments);
  return std::nullopt;
}

// What there is to do with a running daemon's store.
struct StoreCommands {
  explicit StoreCommands(CLI::App& app);
  // The exit code of the one that was given, if one was.
  std::optional<int> run(ConfigSources sources);

  shoal::cli::Arguments arguments;
  ConfigSources given;
  std::vector<std::pair<CLI::App*, int (*)(const shoal::cli::Arguments&)>> commands;
};

StoreCommands::StoreCommands(CLI::App& app) {
  namespace cli = shoal::cli;
  const auto add = [&](const char* name, const char* what, int (*command)(const cli::Arguments&)) {
    CLI::App& added = *app.add_subcommand(name, what);
    added.add_flag("--json", arguments.is_json, "Print what the daemon answers, as JSON");
    add_config_options(added, given);
    commands.emplace_back(&added, command);
    return &added;
  };
  add("ls", "List the images that are here, or the blobs", cli::run_ls)
      ->add_flag("--blobs", arguments.is_blobs, "Blobs, not images");
  add("df", "Show how much of the disk is taken", cli::run_df);
  const auto of_image = [&](CLI::App* command, const char* what) {
    command->add_option("image", arguments.subject, what)->required()->type_name("IMAGE");
  };
  of_image(add("pin", "Keep an image from being evicted", cli::run_pin), "As containerd names it");
  of_image(add("unpin", "Let a pinned image be evicted again", cli::run_unpin), "As it was pinned");
  of_image(add("rm", "Remove an image, but for what others share, or a blob", cli::run_rm),
           "An image, or the digest of a blob");
  add("gc", "Evict what is unused for the longest, down to store.low_watermark", cli::run_gc)
      ->add_flag("--all", arguments.is_all, "All that is neither in use nor pinned");
}

std::optional<int> StoreCommands::run(ConfigSources sources) {
  for (const auto& [command, run_command] : commands) {
    if (!*command) continue;
    given.environment = std::move(sources.environment);
    const auto server = shoal::daemon::admin_server(std::move(given));
    if (!server) {
      std::cerr << server.error().message << '\n';
      return shoal::daemon::kExitUsage;
    }
    arguments.server = *server;
    return run_command(arguments);
  }
  return std::nullopt;
}

// What the command line says about itself.
struct ManualCommands {
  explicit ManualCommands(CLI::App& app)
      : root(app),
        man(*app.add_subcommand("man", "Print the man page")),
        completion(*app.add_subcommand("completion", "Print what a shell completes commands by")) {
    completion.add_option("shell", shell, "bash, zsh or fish")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }
  // The exit code of the one that was given, if one was.
  std::optional<int> run() const {
    const auto tree = shoal::manual::command_tree(root);
    if (man) std::cout << shoal::manual::man_page(tree, shoal::kVersion);
    if (completion) std::cout << shoal::manual::completion_script(tree, shell).value_or("");
    if (man || completion) return shoal::daemon::kExitOk;
    return std::nullopt;
  }

  const CLI::App& root;
  CLI::App& man;
  CLI::App& completion;
  std::string shell;
};

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
  const PkiCommands pki(app);
  const ContainerdCommands containerd(app);
  const ManualCommands manual(app);
  StoreCommands store(app);
  for (CLI::App* command : {&serve, &check, &print}) add_config_options(*command, sources);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::cerr << "shoal: " << error.what() << "; see shoal --help\n";
    return shoal::daemon::kExitUsage;
  }
  if (const auto done = pki.run()) return *done;
  if (const auto done = containerd.run()) return *done;
  if (const auto done = manual.run()) return *done;
  sources.environment = shoal::daemon::shoal_environment(environ);
  if (const auto done = store.run(sources)) return *done;
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
