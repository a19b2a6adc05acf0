#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::pki {

inline constexpr std::size_t kFileBytesMax = 1 << 20;  // no certificate file is larger

// Errors  not_found, io, too_large: the message begins with the path.   Blocks.
Result<std::string> read_text_file(const std::filesystem::path& file);

// Writes a file that is not there yet, with just these permissions, and waits until it is on disk.
// Errors  invalid_argument: it is there already; io, no_space.   Blocks.
Result<void> write_new_file(const std::filesystem::path& file, std::string_view text,
                            unsigned permissions);

}  // namespace shoal::pki
