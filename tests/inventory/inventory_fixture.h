#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "inventory/inventory.h"
#include "store/store_fixture.h"

namespace shoal::inventory {

// A store with images in it.
class InventoryFixture : public store::StoreTest {
 protected:
  static constexpr const char* kManifest = "application/vnd.oci.image.manifest.v1+json";
  static constexpr const char* kIndex = "application/vnd.oci.image.index.v1+json";
  static constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

  Descriptor put(const std::string& content, const std::string& media_type) {
    const Descriptor descriptor = store::descriptor_of(content, media_type);
    EXPECT_OK(store_->put(descriptor, content, store::repository("team/app")));
    return descriptor;
  }
  static nlohmann::json to_json(const Descriptor& descriptor) {
    return {{"mediaType", descriptor.media_type},
            {"digest", descriptor.digest.text()},
            {"size", descriptor.size}};
  }
  Descriptor put_manifest(const std::vector<Descriptor>& layers) {
    nlohmann::json document{
        {"schemaVersion", 2},
        {"mediaType", kManifest},
        {"config", to_json(put("{}", "application/vnd.oci.image.config.v1+json"))},
        {"layers", nlohmann::json::array()}};
    for (const Descriptor& layer : layers) document["layers"].push_back(to_json(layer));
    return put(document.dump(), kManifest);
  }
  Descriptor put_index(const std::vector<Descriptor>& manifests) {
    nlohmann::json document{
        {"schemaVersion", 2}, {"mediaType", kIndex}, {"manifests", nlohmann::json::array()}};
    for (const Descriptor& manifest : manifests) document["manifests"].push_back(to_json(manifest));
    return put(document.dump(), kIndex);
  }
  void tag(const std::string& image, const Descriptor& manifest) {
    const auto name = parse_image_name(image).value();
    EXPECT_OK(store_->put_tag(name.repository, *name.tag(), store::TagRecord(manifest, {})));
  }
  static ImageName name(const std::string& text) { return parse_image_name(text).value(); }
};

}  // namespace shoal::inventory
