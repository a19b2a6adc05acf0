#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "inventory/image_name.h"
#include "store/store.h"

namespace shoal::inventory {

// An image that is here, at least its manifest.
struct Image {
  Image(std::string name_in, Digest digest_in)
      : name(std::move(name_in)), digest(std::move(digest_in)) {}
  std::string name;
  Digest digest;  // of its manifest
  std::uint64_t bytes =
      0;                   // of all it names, as far as it is here; blobs may be shared with others
  std::size_t blobs = 0;   // that are here
  std::size_t named = 0;   // by its manifests that are here: of every platform
  bool is_pinned = false;  // under this name
  std::chrono::system_clock::time_point used_at{};  // its manifest
};

// A blob as lists show it.
struct Blob {
  explicit Blob(store::Held held_in) : held(std::move(held_in)) {}
  store::Held held;
  std::string media_type;
  std::string source;  // the repository it was seen in last; empty: none is known
};

inline constexpr std::size_t kImagesMax = 10'000;
inline constexpr std::size_t kImageBlobsMax = 100'000;

// What is in the store, in the words of people: images, which are tags and pins and all that their
// manifests name. Nothing of it counts as a use of a blob.
// Thread  any; all calls may block on the disk.   Lifetime  the store outlives it.
class Inventory {
 public:
  explicit Inventory(store::Store& store) : store_(store) {}

  // All with a tag or a pin, by name, at most kImagesMax.   Errors  io.
  Result<std::vector<Image>> images() const;
  // In the order of their digests, those after `after`.   Errors  io.
  std::vector<Blob> blobs(const std::optional<Digest>& after, std::size_t count_max) const;

  // Has all that the image names stay, here or yet to come.
  // Errors  not_found: its manifest is not here: pull it first; and those of Store::pin().
  Result<Image> pin(const ImageName& name);
  // Errors  not_found: it is not pinned; and those of Store::unpin().
  Result<void> unpin(const ImageName& name);

  // What goes with an image: all that it names and that is here, but for what other images name too.
  // Errors  not_found: it is not here; denied: it is pinned; io.
  Result<std::vector<Digest>> only_of(const ImageName& name) const;
  // Its tag is not answered from memory any more.   Errors  no_space; io.
  Result<void> forget(const ImageName& name);

 private:
  Result<Digest> manifest_of(const ImageName& name) const;
  // The manifest and all that it names, directly or by manifests that are here.
  // Errors  not_found; corrupt; io: of the manifest itself; too_large: over kImageBlobsMax.
  Result<std::vector<Digest>> all_of(const Digest& manifest) const;
  Image describe(std::string name, const std::vector<Digest>& digests) const;

  store::Store& store_;
};

}  // namespace shoal::inventory
