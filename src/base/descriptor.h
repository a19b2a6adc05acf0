#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/digest.h"

namespace shoal {

// Names one piece of content: what an OCI descriptor says of it.
// Source  OCI image-spec 1.1, descriptor.md.
struct Descriptor {
  Descriptor(Digest digest_in, std::uint64_t size_in, std::string media_type_in = {})
      : digest(std::move(digest_in)), size(size_in), media_type(std::move(media_type_in)) {}

  Digest digest;
  std::uint64_t size;      // bytes
  std::string media_type;  // empty where nobody said

  auto operator<=>(const Descriptor&) const = default;
};

// Descriptors over this size are refused: no layer is that large, and a lying size must not make us
// reserve the memory for its piece table.
inline constexpr std::uint64_t kBlobBytesMax = std::uint64_t{4} << 40;  // 4 TiB

}  // namespace shoal
