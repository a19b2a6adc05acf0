#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

// What `shoal pki` does: authorities and members as folders of files. All of it blocks.
namespace shoal::pki {

inline constexpr const char* kAuthorityFile = "ca.pem";
inline constexpr const char* kAuthorityKeyFile = "ca.key";  // 0600; in the authority's folder only
// 0600; the secret that the members of a cluster share (swarm.cluster_key), in both kinds of folders.
inline constexpr const char* kClusterKeyFile = "cluster.key";
inline constexpr const char* kMemberFile = "node.pem";
inline constexpr const char* kMemberKeyFile = "node.key";  // 0600

// Makes `folder` (if need be) with ca.pem, ca.key and cluster.key.
// Errors  invalid_argument: a bad name, or one of the files is there already: nothing is ever
//         overwritten; io.
Result<void> init_authority(const std::filesystem::path& folder, const std::string& name,
                            unsigned days);

// Makes `folder` (if need be) with all that a node needs: node.pem, node.key and copies of ca.pem
// and cluster.key; without the latter, where the authority is older than that file.
// Errors  as above, and those of issue_member() with the authority in folder `authority`.
Result<void> issue_into(const std::filesystem::path& folder, const std::filesystem::path& authority,
                        const std::string& node, unsigned days);

}  // namespace shoal::pki
