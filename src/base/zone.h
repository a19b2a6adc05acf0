#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

inline constexpr std::size_t kZoneBytesMax = 63;

// Whether `text` can name the zone that a node is in: empty (unknown), or what a Kubernetes label's
// value may be, letters, digits, "-", "_" and ".".
bool is_zone(std::string_view text);

// How another node's zone is related to ours; unknown where one of the two has none.
enum class ZoneRelation { same, other, unknown };
inline constexpr std::size_t kZoneRelations = 3;
std::string_view to_string(ZoneRelation relation);
ZoneRelation zone_relation(std::string_view ours, std::string_view theirs);

}  // namespace shoal
