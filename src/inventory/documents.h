#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inventory/inventory.h"

// The JSON that the admin API answers with; see Api. Each is one line with its end.   Pure.
namespace shoal::inventory {

struct Removed {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;   // of the disk
  std::uint64_t in_use = 0;  // blobs that stayed
};

std::string space_document(const store::Space& space, const store::StoreStats& stats,
                           const std::optional<Error>& trouble);
std::string image_document(const Image& image);
std::string images_document(const std::vector<Image>& images);
// `is_full`: there may be more after the last.
std::string blobs_document(const std::vector<Blob>& blobs, bool is_full);
std::string removed_document(const Removed& removed);
std::string collected_document(std::uint64_t freed);
std::string error_document(const Error& error);

}  // namespace shoal::inventory
