#include "inventory/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "mirror/manifest_children.h"
#include "mirror/media_type.h"
#include "upstream/manifest_source.h"

namespace shoal::inventory {

Result<std::vector<Digest>> Inventory::all_of(const Digest& manifest) const {
  std::vector<Digest> all{manifest};
  std::set<Digest> seen{manifest};
  std::vector<Digest> manifests{manifest};
  while (!manifests.empty()) {
    const Digest next = manifests.back();
    manifests.pop_back();
    const auto content = store_.peek(next, upstream::kManifestBytesMax);
    if (!content && next == manifest) return fail(content.error());
    if (!content) continue;  // of a platform that nobody asked for
    const auto outline = mirror::read_outline(*content);
    if (!outline) continue;  // it is kept as it is
    for (const Descriptor& child : outline->children) {
      if (!seen.insert(child.digest).second) continue;
      if (all.size() >= kImageBlobsMax) {
        return fail(Errc::too_large, "manifest " + manifest.text() + " names over 100000 blobs");
      }
      all.push_back(child.digest);
      if (mirror::is_manifest_type(child.media_type)) manifests.push_back(child.digest);
    }
  }
  return all;
}

Image Inventory::describe(std::string name, const std::vector<Digest>& digests) const {
  Image image(std::move(name), digests.front());
  image.named = digests.size();
  for (const Digest& digest : digests) {
    const auto held = store_.find(digest);
    if (!held) continue;
    if (digest == image.digest) image.used_at = held->used_at;
    if (!held->is_complete) continue;
    ++image.blobs;
    image.bytes += held->size;
  }
  return image;
}

Result<std::vector<Image>> Inventory::images() const {
  const auto tags = store_.tags(kImagesMax);
  if (!tags) return fail(tags.error());
  std::vector<Image> out;
  std::set<std::string> pinned;
  for (const store::Pin& pin : store_.pins()) {
    if (pin.digests.empty()) continue;
    pinned.insert(pin.name);
    out.push_back(describe(pin.name, pin.digests));
    out.back().is_pinned = true;
  }
  for (const store::TagEntry& entry : *tags) {
    std::string name = ImageName(entry.repository, entry.tag).text();
    if (pinned.contains(name)) continue;
    const auto all = all_of(entry.record.descriptor.digest);
    if (all) out.push_back(describe(std::move(name), *all));
  }
  std::sort(out.begin(), out.end(), [](const Image& a, const Image& b) { return a.name < b.name; });
  if (out.size() > kImagesMax) out.erase(out.begin() + kImagesMax, out.end());
  return out;
}

std::vector<Blob> Inventory::blobs(const std::optional<Digest>& after,
                                   std::size_t count_max) const {
  std::vector<Blob> out;
  for (store::Held& held : store_.list(after, count_max)) {
    Blob& blob = out.emplace_back(std::move(held));
    const auto known = store_.describe(blob.held.digest);
    if (!known) continue;
    blob.media_type = known->descriptor.media_type;
    if (!known->seen_in.empty()) blob.source = known->seen_in.front().text();
  }
  return out;
}

Result<Digest> Inventory::manifest_of(const ImageName& name) const {
  if (const auto* digest = std::get_if<Digest>(&name.reference)) return *digest;
  const auto record = store_.tag(name.repository, *name.tag());
  if (!record) return fail(record.error());
  return record->descriptor.digest;
}

Result<Image> Inventory::pin(const ImageName& name) {
  const auto manifest = manifest_of(name);
  const auto all = manifest ? all_of(*manifest) : fail(manifest.error());
  if (!all && all.error().code == Errc::not_found) {
    return fail(Errc::not_found, name.text() + " is not here; pull it first");
  }
  if (!all) return fail(all.error());
  if (auto done = store_.pin(name.text(), *all); !done) return fail(done.error());
  Image image = describe(name.text(), *all);
  image.is_pinned = true;
  return image;
}

Result<void> Inventory::unpin(const ImageName& name) {
  return store_.unpin(name.text());
}

Result<std::vector<Digest>> Inventory::only_of(const ImageName& name) const {
  std::set<Digest> others;
  for (const store::Pin& pin : store_.pins()) {
    if (pin.name == name.text()) {
      return fail(Errc::denied, name.text() + " is pinned; unpin it first");
    }
    others.insert(pin.digests.begin(), pin.digests.end());
  }
  const auto manifest = manifest_of(name);
  const auto all = manifest ? all_of(*manifest) : fail(manifest.error());
  if (!all && all.error().code == Errc::not_found) {
    return fail(Errc::not_found, name.text() + " is not here");
  }
  if (!all) return fail(all.error());
  const auto tags = store_.tags(kImagesMax);
  if (!tags) return fail(tags.error());
  for (const store::TagEntry& entry : *tags) {
    if (ImageName(entry.repository, entry.tag).text() == name.text()) continue;
    const auto theirs = all_of(entry.record.descriptor.digest);
    if (theirs) others.insert(theirs->begin(), theirs->end());
  }
  std::vector<Digest> out;
  for (const Digest& digest : *all) {
    if (!others.contains(digest) && store_.find(digest)) out.push_back(digest);
  }
  return out;
}

Result<void> Inventory::forget(const ImageName& name) {
  if (!name.tag()) return {};
  return store_.forget_tag(name.repository, *name.tag());
}

}  // namespace shoal::inventory
