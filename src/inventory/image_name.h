#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/repository.h"
#include "base/result.h"

namespace shoal::inventory {

// An image as a person names it.
struct ImageName {
  ImageName(Repository repository_in, Reference reference_in)
      : repository(std::move(repository_in)), reference(std::move(reference_in)) {}

  Repository repository;
  Reference reference;

  // The tag; nothing where it is named by digest.
  const Tag* tag() const { return std::get_if<Tag>(&reference); }
  // In full: "docker.io/library/python:3.12", "ghcr.io/team/app@sha256:...".
  std::string text() const;
};

// "python", "team/app:1.2", "ghcr.io/team/app@sha256:...", with the defaults that container tools have:
// docker.io, library/, latest. Of a tag and a digest the digest counts.
// Errors  invalid_argument.
Result<ImageName> parse_image_name(std::string_view text);

}  // namespace shoal::inventory
