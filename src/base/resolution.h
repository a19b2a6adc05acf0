#pragma once

#include <utility>

#include "base/clocks.h"
#include "base/descriptor.h"

namespace shoal {

// What a node can say of a tag, or of a digest in a repository, to another.
struct Resolution {
  Resolution(Descriptor descriptor_in, SystemTime checked_at_in, bool is_open_in = false)
      : descriptor(std::move(descriptor_in)), checked_at(checked_at_in), is_open(is_open_in) {}

  Descriptor descriptor;
  SystemTime checked_at;  // when the registry said so
  bool is_open;           // the registry lets anybody read the repository
};

}  // namespace shoal
