#include "mirror/media_type.h"

#include <algorithm>

namespace shoal::mirror {

bool is_media_type(std::string_view text) {
  constexpr std::size_t kMediaTypeBytesMax = 255;
  const auto slash = text.find('/');
  return text.size() <= kMediaTypeBytesMax && slash != std::string_view::npos && slash > 0 &&
         slash + 1 < text.size() && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_manifest_type(std::string_view media_type) {
  return media_type == kOciManifest || media_type == kOciIndex || media_type == kDockerManifest ||
         media_type == kDockerList;
}

bool accepts_index(std::string_view accept) {
  return accept.empty() || accept.find("*/*") != std::string_view::npos ||
         accept.find(kOciIndex) != std::string_view::npos;
}

}  // namespace shoal::mirror
