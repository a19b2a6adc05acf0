#pragma once

#include "base/byte_range.h"

namespace shoal::mirror {

// Whether `part` is what BlobHandle::read(whole) may answer: some bytes from the front of `whole`.
inline bool is_front_of(ByteRange part, ByteRange whole) {
  return !part.empty() && part.offset == whole.offset && part.size <= whole.size;
}

}  // namespace shoal::mirror
