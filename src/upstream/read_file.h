#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace shoal::upstream {

// The whole of a small configuration file.
// Errors  invalid_argument: cannot be read, or over `bytes_max`; the message names the file.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace shoal::upstream
