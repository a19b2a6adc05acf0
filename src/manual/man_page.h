#pragma once

#include <string>

#include "manual/command_tree.h"

namespace shoal::manual {

// shoal(1) in troff's man macros.
std::string man_page(const Command& root, const std::string& version);

}  // namespace shoal::manual
