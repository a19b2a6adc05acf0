#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "manual/command_tree.h"

namespace shoal::manual {

// A small program: `shoal serve`, `shoal config check`.
inline Command small_program() {
  static std::string text;
  static bool is_json = false;
  CLI::App app("A program", "shoal");
  app.add_subcommand("serve", "Run it")
      ->add_option("-c,--config", text, "What isn't default")
      ->type_name("FILE");
  CLI::App& config = *app.add_subcommand("config", "Look at it");
  CLI::App& check = *config.add_subcommand("check", "Say ok");
  check.add_flag("--json", is_json, "As JSON");
  check.add_option("--key", text, "One key")->type_name("KEY");
  check.add_option("image", text, ".dot first, \\ later")->type_name("IMAGE");
  return command_tree(app);
}

}  // namespace shoal::manual
