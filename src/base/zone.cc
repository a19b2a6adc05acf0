#include "base/zone.h"

#include <algorithm>

namespace shoal {

bool is_zone(std::string_view text) {
  return text.size() <= kZoneBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::string_view to_string(ZoneRelation relation) {
  switch (relation) {
    case ZoneRelation::same:
      return "same";
    case ZoneRelation::other:
      return "other";
    case ZoneRelation::unknown:
      return "unknown";
  }
  return "unknown";
}

ZoneRelation zone_relation(std::string_view ours, std::string_view theirs) {
  if (ours.empty() || theirs.empty()) return ZoneRelation::unknown;
  return ours == theirs ? ZoneRelation::same : ZoneRelation::other;
}

}  // namespace shoal
