#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace shoal {

// A registry's host name with an optional port, as it stands in an image reference and in
// containerd's `ns` parameter: "docker.io", "localhost:5000", "[::1]:5000". Always well formed,
// lower case.
class RegistryName {
 public:
  // Errors  invalid_argument.
  static Result<RegistryName> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const RegistryName&) const = default;

 private:
  explicit RegistryName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A repository's name inside its registry: "library/python". Always well formed, so it is safe in a
// URL path as it stands; never used as a file name.
// Source  OCI distribution-spec 1.1, "Pulling manifests": <name>.
class RepositoryName {
 public:
  // Errors  invalid_argument: empty, over 255 characters, or not the specification's pattern.
  static Result<RepositoryName> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const RepositoryName&) const = default;

 private:
  explicit RepositoryName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A tag: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
class Tag {
 public:
  static Result<Tag> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const Tag&) const = default;

 private:
  explicit Tag(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What a manifest is asked by.
using Reference = std::variant<Tag, Digest>;

// Errors  invalid_argument: neither a tag nor a digest.
Result<Reference> parse_reference(std::string_view text);
const std::string& to_text(const Reference& reference);

// One repository of one registry: where content was seen, or is to be asked for.
struct Repository {
  Repository(RegistryName registry_in, RepositoryName name_in)
      : registry(std::move(registry_in)), name(std::move(name_in)) {}

  RegistryName registry;
  RepositoryName name;

  // "docker.io/library/python", for people and log lines.
  std::string text() const { return registry.text() + "/" + name.text(); }
  auto operator<=>(const Repository&) const = default;
};

bool contains(const std::vector<Repository>& repositories, const Repository& wanted);

}  // namespace shoal
