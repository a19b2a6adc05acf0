#include "loadtest/image_reference.h"

#include <optional>

namespace shoal::loadtest {
namespace {

// Cuts what follows the separator off `text`; nullopt where there is no separator.
std::optional<std::string_view> cut_after(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto after = text.substr(at + 1);
  text = text.substr(0, at);
  return after;
}

}  // namespace

std::string ImageReference::text() const {
  const char separator = std::holds_alternative<Digest>(reference) ? '@' : ':';
  return repository.text() + separator + to_text(reference);
}

Result<ImageReference> parse_image_reference(std::string_view text) {
  const auto digest_text = cut_after(text, '@');
  const auto tag_text = cut_after(text, ':');
  auto repository = RepositoryName::parse(text);
  if (!repository) return fail(repository.error());
  auto tag = Tag::parse(tag_text.value_or("latest"));
  if (!tag) return fail(tag.error());
  if (!digest_text) return ImageReference(std::move(*repository), std::move(*tag));
  auto digest = Digest::parse(*digest_text);
  if (!digest) return fail(digest.error());
  return ImageReference(std::move(*repository), std::move(*digest));
}

}  // namespace shoal::loadtest
