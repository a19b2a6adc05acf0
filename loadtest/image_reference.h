#pragma once

#include <string>
#include <string_view>

#include "base/repository.h"

namespace shoal::loadtest {

// An image inside its registry, as it stands on the command line: "library/python:3.12".
struct ImageReference {
  ImageReference(RepositoryName repository_in, Reference reference_in)
      : repository(std::move(repository_in)), reference(std::move(reference_in)) {}

  RepositoryName repository;
  Reference reference;

  // "library/python:3.12" or "library/python@sha256:...".
  std::string text() const;
};

// NAME[:TAG][@DIGEST]. Without both the tag is "latest"; with both the digest decides, as in
// containerd.
// Errors  invalid_argument: the part of it that is wrong.
Result<ImageReference> parse_image_reference(std::string_view text);

}  // namespace shoal::loadtest
