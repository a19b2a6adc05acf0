#include "mirror/manifest_children.h"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kLists{"layers", "blobs", "manifests"};

bool keeps_top_level(std::string_view key) {
  return key == "mediaType" || key == "config" || key == "subject" ||
         std::find(kLists.begin(), kLists.end(), key) != kLists.end();
}

bool keeps_in_descriptor(std::string_view key) {
  return key == "digest" || key == "size" || key == "mediaType";
}

// Decides while parsing what is kept, and sees when a limit is passed. A key's depth is that of the
// object it stands in: 1 at the top, 2 in `config`, 3 in an element of `layers`, which itself has
// depth 2.
class Filter {
 public:
  bool keep(int depth, json::parse_event_t event, const json& value) {
    if (depth > kManifestDepthMax) too_deep_ = true;
    if (depth == 2 && begins_value(event)) ++elements_;
    if (too_deep_ || too_many()) return false;
    if (event != json::parse_event_t::key) return true;
    const auto& key = value.get_ref<const std::string&>();
    return depth == 1 ? keeps_top_level(key) : keeps_in_descriptor(key);
  }
  bool too_deep() const { return too_deep_; }
  bool too_many() const { return elements_ > kElementsMax; }

 private:
  // The members of `config` and `subject` have an element's depth and are counted with them.
  static constexpr std::size_t kElementsMax = kManifestChildrenMax + 16;

  static bool begins_value(json::parse_event_t event) {
    return event == json::parse_event_t::object_start ||
           event == json::parse_event_t::array_start || event == json::parse_event_t::value;
  }

  bool too_deep_ = false;
  std::size_t elements_ = 0;
};

std::string text_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Descriptor> to_descriptor(const json& value) {
  if (!value.is_object()) return std::nullopt;
  auto digest = Digest::parse(text_member(value, "digest"));
  const auto size = value.find("size");
  // Unsigned means: an integer that is not negative and fits.
  if (!digest || size == value.end() || !size->is_number_unsigned()) return std::nullopt;
  const auto bytes = size->get<std::uint64_t>();
  if (bytes > kBlobBytesMax) return std::nullopt;
  std::string media_type = text_member(value, "mediaType");
  if (!is_media_type(media_type)) media_type.clear();
  return Descriptor(std::move(*digest), bytes, std::move(media_type));
}

void add_child(ManifestOutline& outline, const json& value) {
  if (auto child = to_descriptor(value)) outline.children.push_back(std::move(*child));
}

void add_member(ManifestOutline& outline, const json& root, const char* key) {
  if (const auto found = root.find(key); found != root.end()) add_child(outline, *found);
}

std::string type_of(const json& root) {
  std::string said = text_member(root, "mediaType");
  if (is_media_type(said)) return said;
  const auto manifests = root.find("manifests");
  if (manifests != root.end() && manifests->is_array()) return std::string(kOciIndex);
  return root.contains("layers") ? std::string(kOciManifest) : std::string();
}

tl::unexpected<Error> too_many() {
  return fail(Errc::protocol, "manifest has more than " + std::to_string(kManifestChildrenMax) +
                                  " children");
}

}  // namespace

Result<ManifestOutline> read_outline(std::string_view content) {
  Filter filter;
  const auto keep = [&filter](int depth, json::parse_event_t event, json& value) {
    return filter.keep(depth, event, value);
  };
  const json root = json::parse(content, keep, false);
  if (filter.too_deep()) return fail(Errc::protocol, "manifest's JSON is nested too deep");
  if (filter.too_many()) return too_many();
  if (!root.is_object()) return fail(Errc::protocol, "manifest is not a JSON object");

  ManifestOutline outline;
  outline.media_type = type_of(root);
  add_member(outline, root, "config");
  for (const std::string_view key : kLists) {
    const auto list = root.find(std::string(key));
    if (list == root.end() || !list->is_array()) continue;
    for (const json& value : *list) add_child(outline, value);
  }
  add_member(outline, root, "subject");
  if (outline.children.size() > kManifestChildrenMax) return too_many();
  return outline;
}

}  // namespace shoal::mirror
