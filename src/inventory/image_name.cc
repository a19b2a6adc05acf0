#include "inventory/image_name.h"

#include <utility>

#include "base/text.h"

namespace shoal::inventory {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";

tl::unexpected<Error> no_image(std::string_view text) {
  return fail(Errc::invalid_argument, "\"" + printable(text) +
                                          "\" is not an image; write it like "
                                          "docker.io/library/python:3.12");
}

// The first part is a registry only if it could not be a part of a repository's name on Docker Hub.
bool is_registry(std::string_view part) {
  return part.find_first_of(".:") != std::string_view::npos || part == "localhost";
}

}  // namespace

std::string ImageName::text() const {
  return repository.text() + (tag() ? ":" : "@") + to_text(reference);
}

Result<ImageName> parse_image_name(std::string_view text) {
  std::string_view rest = text;
  std::string_view reference = "latest";
  const auto at = rest.find('@');
  if (at != std::string_view::npos) {
    reference = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!Digest::parse(reference)) return no_image(text);
  }
  // A colon after the last slash is a tag's; one before it a port's.
  const auto colon = rest.rfind(':');
  const auto slash = rest.rfind('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    if (at == std::string_view::npos) reference = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  std::string_view registry = kDefaultRegistry;
  const auto first = rest.find('/');
  if (first != std::string_view::npos && is_registry(rest.substr(0, first))) {
    registry = rest.substr(0, first);
    rest = rest.substr(first + 1);
  }
  std::string name(rest);
  if (registry == kDefaultRegistry && name.find('/') == std::string::npos) name = "library/" + name;
  auto parsed_registry = RegistryName::parse(registry);
  auto parsed_name = RepositoryName::parse(name);
  auto parsed_reference = parse_reference(reference);
  if (!parsed_registry || !parsed_name || !parsed_reference) return no_image(text);
  return ImageName(Repository(std::move(*parsed_registry), std::move(*parsed_name)),
                   std::move(*parsed_reference));
}

}  // namespace shoal::inventory
