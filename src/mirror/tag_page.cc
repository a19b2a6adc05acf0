#include "mirror/tag_page.h"

#include <algorithm>

#include "mirror/bounded_json.h"

namespace shoal::mirror {
namespace {

using nlohmann::ordered_json;

bool is_list_of_text(const ordered_json& json) {
  return json.is_array() && std::all_of(json.begin(), json.end(),
                                        [](const ordered_json& each) { return each.is_string(); });
}

// The first tag behind `last`. Where `last` itself is gone, its place in the specification's order.
ordered_json::const_iterator begin_behind(const ordered_json& tags, const std::string& last) {
  if (last.empty()) return tags.begin();
  const auto found = std::find(tags.begin(), tags.end(), last);
  if (found != tags.end()) return found + 1;
  return std::find_if(tags.begin(), tags.end(), [&last](const ordered_json& tag) {
    return tag.get_ref<const std::string&>() > last;
  });
}

}  // namespace

Result<TagPage> page_of_tags(std::string content, const TagWindow& window) {
  auto list = parse_object(content, "the list of tags");
  if (!list) return fail(list.error());
  const auto member = list->find("tags");
  if (member == list->end()) return fail(Errc::protocol, "the list of tags has no tags");
  // A repository whose tags are all gone is listed as null by some.
  if (!member->is_null() && !is_list_of_text(*member)) {
    return fail(Errc::protocol, "the list of tags is not a list of text");
  }
  TagPage page;
  page.content = std::move(content);
  if (!window.count || member->size() <= *window.count) return page;
  const ordered_json& tags = *member;
  const auto begin = begin_behind(tags, window.last);
  const auto left = static_cast<std::uint64_t>(std::distance(begin, tags.end()));
  const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, *window.count));
  page.cut = end != tags.end() && *window.count > 0;
  if (page.cut) page.last = (end - 1)->get<std::string>();
  ordered_json kept = ordered_json::array();
  std::copy(begin, end, std::back_inserter(kept));
  (*list)["tags"] = std::move(kept);
  page.content = to_text(*list);
  return page;
}

}  // namespace shoal::mirror
