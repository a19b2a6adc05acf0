#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace shoal::manual {

struct Option {
  std::vector<std::string> names;  // "--json"; "IMAGE" for one that is known by its place
  std::string value;               // what stands for its value, "FILE"; empty for a flag
  std::string description;
  bool is_positional = false;
};

struct Command {
  std::string path;  // "shoal config check"
  std::string name;  // "check"
  std::string description;
  std::vector<Option> options;
  std::vector<Command> commands;
};

Command command_tree(const CLI::App& app);

// The command and all below it, each before its own.
std::vector<const Command*> flattened(const Command& root);

}  // namespace shoal::manual
