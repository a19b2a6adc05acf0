#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "manual/command_tree.h"

namespace shoal::manual {

// The script that a shell reads to complete command lines: of bash, zsh or fish.
// Errors  invalid_argument: another shell.
Result<std::string> completion_script(const Command& root, std::string_view shell);

}  // namespace shoal::manual
