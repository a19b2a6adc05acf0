#include "upstream/link.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace shoal::upstream {
namespace {

constexpr std::size_t kQueryBytesMax = 4 * 1024;
constexpr int kLinksMax = 16;

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char c, char want) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == want;
  });
}

// The end of what begins at `text`'s front and goes to a ';' or ',' outside quotes.
std::size_t end_of_part(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == ';' || text[i] == ',')) {
      return i;
    }
  }
  return text.size();
}

// Whether a parameter, like `rel="next"`, says that its link leads to the next page.
bool says_next(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  if (!same_word(trimmed(parameter.substr(0, equals)), "rel")) return false;
  std::string_view value = trimmed(parameter.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  const auto words = split(value, ' ');
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return same_word(word, "next"); });
}

// Takes one link and its parameters off the front.
// Returns  its target where it is the next page's, else an empty one; nothing: not a link.
std::optional<std::string_view> take_link(std::string_view& text) {
  text = trimmed(text);
  const auto close = text.find('>');
  if (text.empty() || text.front() != '<' || close == std::string_view::npos) return std::nullopt;
  const std::string_view target = text.substr(1, close - 1);
  text = trimmed(text.substr(close + 1));
  bool is_next = false;
  while (!text.empty() && text.front() == ';') {
    text.remove_prefix(1);
    const std::size_t end = end_of_part(text);
    is_next = is_next || says_next(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (!text.empty() && text.front() == ',') text.remove_prefix(1);
  return is_next ? target : std::string_view();
}

std::string query_of(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  const std::string_view query = target.substr(mark + 1);
  const bool fit = query.size() <= kQueryBytesMax &&
                   std::all_of(query.begin(), query.end(),
                               [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
  return fit ? std::string(query) : std::string();
}

}  // namespace

std::string next_query(const ResponseHead& head) {
  int links = 0;
  for (const auto& [name, value] : head.headers) {
    if (name != "link") continue;
    std::string_view rest = value;
    while (!trimmed(rest).empty() && ++links <= kLinksMax) {
      const auto target = take_link(rest);
      if (!target) break;
      if (!target->empty()) return query_of(*target);
    }
  }
  return {};
}

}  // namespace shoal::upstream
