#include "loadtest/image_manifest.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace shoal::loadtest {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kChildrenMax = 1000;
constexpr int kJsonDepthMax = 32;

auto bad(std::string what) {
  return fail(Errc::protocol, "the manifest is unusable: " + std::move(what));
}

std::string string_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Descriptor> parse_descriptor(const Json& object) {
  if (!object.is_object()) return bad("a descriptor is not an object");
  auto digest = Digest::parse(string_member(object, "digest"));
  if (!digest) return bad(digest.error().message);
  const auto size = object.find("size");
  if (size == object.end() || !size->is_number_unsigned()) {
    return bad("the size of " + digest->text() + " is not a whole number");
  }
  if (size->get<std::uint64_t>() > kBlobBytesMax) {
    return fail(Errc::too_large, digest->text() + " claims to be over 4 TiB");
  }
  return Descriptor(std::move(*digest), size->get<std::uint64_t>(),
                    string_member(object, "mediaType"));
}

std::optional<Platform> platform_of(const Json& entry) {
  const auto found = entry.find("platform");
  if (found == entry.end() || !found->is_object()) return std::nullopt;
  return Platform(string_member(*found, "os"), string_member(*found, "architecture"),
                  string_member(*found, "variant"));
}

Result<void> require_children(const Json& children) {
  if (!children.is_array()) return bad("its list of children is not an array");
  if (children.size() > kChildrenMax) return fail(Errc::too_large, "it has over 1000 children");
  return {};
}

Result<ImageDocument> parse_index(const Json& manifests) {
  if (auto checked = require_children(manifests); !checked) return fail(checked.error());
  ImageIndex index;
  for (const Json& entry : manifests) {
    auto manifest = parse_descriptor(entry);
    if (!manifest) return fail(manifest.error());
    index.entries.emplace_back(std::move(*manifest), platform_of(entry));
  }
  return index;
}

Result<ImageDocument> parse_manifest(const Json& config, const Json& layers) {
  if (auto checked = require_children(layers); !checked) return fail(checked.error());
  ImageManifest manifest;
  auto first = parse_descriptor(config);
  if (!first) return fail(first.error());
  manifest.blobs.push_back(std::move(*first));
  for (const Json& entry : layers) {
    auto layer = parse_descriptor(entry);
    if (!layer) return fail(layer.error());
    // Two layers that are the same are one blob, and containerd gets it once.
    if (std::ranges::find(manifest.blobs, layer->digest, &Descriptor::digest) ==
        manifest.blobs.end()) {
      manifest.blobs.push_back(std::move(*layer));
    }
  }
  return manifest;
}

std::string names_of_platforms(const ImageIndex& index) {
  std::string names;
  for (const IndexEntry& entry : index.entries) {
    if (!names.empty()) names += ", ";
    names += entry.platform ? entry.platform->text() : "(unsaid)";
  }
  return printable(names.empty() ? "none" : names);
}

}  // namespace

Result<ImageDocument> parse_image_document(std::string_view json_text) {
  if (json_text.size() > kManifestBytesMax) {
    return fail(Errc::too_large, "the manifest is over 4 MiB");
  }
  // Values that are nested too deep are left out, so what needs them finds them missing.
  const auto within_depth = [](int depth, Json::parse_event_t, Json&) {
    return depth <= kJsonDepthMax;
  };
  const Json document = Json::parse(json_text, within_depth, false);
  if (document.is_discarded() || !document.is_object()) return bad("it is not a JSON object");
  const auto manifests = document.find("manifests");
  const auto layers = document.find("layers");
  const auto config = document.find("config");
  const bool is_index = manifests != document.end();
  const bool is_manifest = layers != document.end() && config != document.end();
  if (is_index && layers != document.end()) return bad("it is both an index and an image");
  if (is_index) return parse_index(*manifests);
  if (is_manifest) return parse_manifest(*config, *layers);
  return bad("it has neither \"manifests\" nor \"config\" and \"layers\"");
}

Result<Descriptor> choose_platform(const ImageIndex& index, const Platform& wanted) {
  const auto found = std::ranges::find_if(index.entries, [&wanted](const IndexEntry& entry) {
    return entry.platform && *entry.platform == wanted;
  });
  if (found != index.entries.end()) return found->manifest;
  return fail(Errc::not_found, "the index has no image for " + wanted.text() + ", only for " +
                                   names_of_platforms(index));
}

}  // namespace shoal::loadtest
