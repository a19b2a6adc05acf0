#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

inline constexpr std::size_t kTextFileBytesMax = 1 << 20;  // nothing that people write is larger

// Errors  not_found, io, too_large: the message begins with the path.   Blocks.
Result<std::string> read_text_file(const std::filesystem::path& file);

// Writes a file that is not there yet, with just these permissions, and waits until it is on disk.
// Errors  invalid_argument: it is there already; io, no_space.   Blocks.
Result<void> write_new_file(const std::filesystem::path& file, std::string_view text,
                            unsigned permissions);

// Puts a file in the place of the one that may be there: who opens it sees the old one or the new one,
// whole, also after a crash. Uses `.<name>.new` beside it, which one writer at a time may do.
// Errors  io, no_space: what was there is there still.   Blocks.
Result<void> replace_file(const std::filesystem::path& file, std::string_view text,
                          unsigned permissions);

}  // namespace shoal
