#include "upstream/challenge.h"

#include <algorithm>

namespace shoal::upstream {
namespace {

constexpr std::size_t kHeaderBytesMax = 8 * 1024;
constexpr std::size_t kChallengesMax = 16;
constexpr std::size_t kParametersMax = 32;

bool is_token_char(char c) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  void skip_blanks() { skip(" \t"); }
  void skip_separators() { skip(" \t,"); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  // nullopt: no closing quote, or a control character inside.
  std::optional<std::string> quoted() {
    std::string out;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c == '\\') {
        if (rest_.empty()) return std::nullopt;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
      out += c;
    }
    return std::nullopt;
  }

  // A scheme may be followed by one token68 in place of parameters ("Negotiate YII="); it is of no
  // use to us.
  void skip_token68() {
    const auto size = std::min(rest_.find_first_of(" \t,"), rest_.size());
    const std::string_view word = rest_.substr(0, size);
    const auto body = word.find_last_not_of('=');
    if (body == std::string_view::npos) return;
    const bool has_inner_equals =
        word.substr(0, body + 1).find_first_of("=\"") != std::string_view::npos;
    const auto next = rest_.find_first_not_of(" \t", size);
    const bool ends_here = next == std::string_view::npos || rest_[next] == ',';
    if (!has_inner_equals && ends_here) rest_.remove_prefix(size);
  }

 private:
  void skip(std::string_view set) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(set), rest_.size()));
  }
  std::string_view rest_;
};

}  // namespace

std::optional<std::string_view> Challenge::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> out;
  if (header.size() > kHeaderBytesMax) return out;
  Reader reader(header);
  while (true) {
    reader.skip_separators();
    const std::string_view word = reader.token();
    if (word.empty()) return out;
    reader.skip_blanks();
    if (!reader.take('=')) {  // no parameter, so a scheme
      if (out.size() == kChallengesMax) return out;
      out.emplace_back(lower_case(word));
      reader.skip_token68();
      continue;
    }
    if (out.empty() || out.back().parameters.size() == kParametersMax) return out;
    reader.skip_blanks();
    std::optional<std::string> value;
    if (reader.take('"')) {
      value = reader.quoted();
    } else {
      value = std::string(reader.token());
    }
    if (!value) return out;
    out.back().parameters.emplace_back(lower_case(word), std::move(*value));
  }
}

}  // namespace shoal::upstream
