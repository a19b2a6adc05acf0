#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "containerd/commands.h"

// `shoal containerd` on the command line.
struct ContainerdCommands {
  explicit ContainerdCommands(CLI::App& app);
  // The exit code of the one that was given, if one was.
  std::optional<int> run() const;

  shoal::containerd::Arguments arguments;
  CLI::App& containerd;
  CLI::App& configure;
  CLI::App& restore;
  CLI::App& keep;
  CLI::App& check;
};
