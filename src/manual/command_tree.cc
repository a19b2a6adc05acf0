#include "manual/command_tree.h"

#include <CLI/CLI.hpp>

namespace shoal::manual {
namespace {

Option option_of(const CLI::Option& option) {
  Option out;
  out.is_positional = option.get_positional();
  out.description = option.get_description();
  if (option.get_items_expected_max() > 0) out.value = option.get_type_name();
  if (out.is_positional) {
    out.names.push_back(out.value);
    return out;
  }
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  return out;
}

Command command_of(const CLI::App& app, const std::string& above) {
  Command out;
  out.name = app.get_name();
  out.path = above.empty() ? out.name : above + " " + out.name;
  out.description = app.get_description();
  for (const CLI::Option* option : app.get_options()) out.options.push_back(option_of(*option));
  for (const CLI::App* command : app.get_subcommands({})) {
    out.commands.push_back(command_of(*command, out.path));
  }
  return out;
}

}  // namespace

Command command_tree(const CLI::App& app) {
  return command_of(app, "");
}

std::vector<const Command*> flattened(const Command& root) {
  std::vector<const Command*> out{&root};
  for (const Command& command : root.commands) {
    for (const Command* inner : flattened(command)) out.push_back(inner);
  }
  return out;
}

}  // namespace shoal::manual
