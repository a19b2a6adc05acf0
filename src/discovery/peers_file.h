#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/host_port.h"
#include "base/result.h"

namespace shoal::discovery {

inline constexpr std::size_t kPeersFileBytesMax = std::size_t{1} << 20;

// The text of a peers file: a host and a port on each line, as in discovery.peers; "#" begins a
// comment. `file` is for messages.
// Errors  invalid_argument: the first line that is wrong, "FILE:LINE: what is wrong"; too_large: over
//         kEndpointsMax hosts.
Result<std::vector<HostPort>> parse_peers(std::string_view text, const std::filesystem::path& file);

// Reads and parses the file. Blocks.
// Errors  as above; io, not_found: cannot be read, or is no regular file; too_large: over
//         kPeersFileBytesMax. Messages begin with the file's name.
Result<std::vector<HostPort>> read_peers(const std::filesystem::path& file);

}  // namespace shoal::discovery
