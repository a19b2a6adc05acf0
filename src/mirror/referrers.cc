#include "mirror/referrers.h"

#include <stdexcept>

#include "mirror/bounded_json.h"
#include "mirror/media_type.h"

namespace shoal::mirror {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kTagDigitsMax = 64;

bool is_of_type(const ordered_json& descriptor, std::string_view artifact_type) {
  if (!descriptor.is_object()) return false;
  const auto type = descriptor.find("artifactType");
  return type != descriptor.end() && type->is_string() &&
         type->get_ref<const std::string&>() == artifact_type;
}

}  // namespace

Tag referrers_tag(const Digest& subject) {
  auto tag = Tag::parse(std::string(subject.algorithm_name()) + "-" +
                        std::string(subject.hex().substr(0, kTagDigitsMax)));
  if (!tag) throw std::logic_error("a digest makes a tag");
  return *tag;
}

std::string no_referrers() {
  return R"({"schemaVersion":2,"mediaType":")" + std::string(kOciIndex) + R"(","manifests":[]})";
}

Result<std::string> filter_referrers(std::string index, std::string_view artifact_type) {
  auto parsed = parse_object(index, "the list of referrers");
  if (!parsed) return fail(parsed.error());
  const auto manifests = parsed->find("manifests");
  if (manifests == parsed->end() || !manifests->is_array()) {
    return fail(Errc::protocol, "the list of referrers is not an image index");
  }
  if (artifact_type.empty()) return index;
  ordered_json kept = ordered_json::array();
  for (ordered_json& each : *manifests) {
    if (is_of_type(each, artifact_type)) kept.push_back(std::move(each));
  }
  *manifests = std::move(kept);
  return to_text(*parsed);
}

}  // namespace shoal::mirror
