#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#include "base/result.h"

namespace shoal::p2p {

// What all members have and nobody else: the cluster's key that signs records in the directory is made
// of it (ClusterKey).
using ClusterSecret = std::array<std::byte, 32>;

// The secret in a key file: 64 hex digits, with white space around them (`openssl rand -hex 32`).
// Errors  invalid_argument: cannot be read, anything else in it, or others than its owner and group may
//         read it; the message names the file and never what is in it.
Result<ClusterSecret> read_cluster_secret(const std::filesystem::path& path);

}  // namespace shoal::p2p
