#include "containerd_options.h"

ContainerdCommands::ContainerdCommands(CLI::App& app)
    : containerd(*app.add_subcommand("containerd", "Point containerd at this mirror, and back")),
      configure(*containerd.add_subcommand(
          "configure", "Write the mirror into hosts.toml, before what is there; may be repeated")),
      restore(*containerd.add_subcommand("restore", "Undo what configure did, byte for byte")),
      keep(*containerd.add_subcommand(
          "keep", "Configure, stay, and restore when stopped: for a container beside the daemon")),
      check(*containerd.add_subcommand(
          "check", "Say why containerd would not ask the mirror, and what to change")) {
  containerd.require_subcommand(1);
  for (CLI::App* command : {&configure, &restore, &keep, &check}) {
    command
        ->add_option("--certs-dir", arguments.certs_folder, "The folder of registries' hosts.toml")
        ->type_name("DIR")
        ->capture_default_str();
    command->add_option("--root", arguments.root, "Where the node's files are, in a container")
        ->type_name("DIR")
        ->capture_default_str();
  }
  for (CLI::App* command : {&configure, &keep, &check}) {
    command->add_option("--mirror", arguments.mirror, "Where this mirror listens")
        ->type_name("URL")
        ->capture_default_str();
  }
  for (CLI::App* command : {&configure, &keep}) {
    command
        ->add_option("--registry", arguments.registries,
                     "A registry, like docker.io; may be repeated. Without it: all that have no "
                     "folder of their own, by _default")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command->add_flag("--every-folder", arguments.is_every_folder,
                      "Also all registries that have a folder");
  }
  check.add_option("--config", arguments.config_file, "containerd's configuration")
      ->type_name("FILE")
      ->capture_default_str();
  check.add_flag("--json", arguments.is_json, "Print what was found as JSON");
}

std::optional<int> ContainerdCommands::run() const {
  if (configure) return shoal::containerd::run_configure(arguments);
  if (restore) return shoal::containerd::run_restore(arguments);
  if (keep) return shoal::containerd::run_keep(arguments);
  if (check) return shoal::containerd::run_check(arguments);
  return std::nullopt;
}
