#include "daemon/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.h"

namespace shoal::daemon {
namespace {

struct Placed {
  toml::source_position place;
  Assignment assignment;
};

std::string_view misfit_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::array:
      return "a list of something else than strings";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    default:
      return "a date or a time";
  }
}

Value value_of(const toml::node& node) {
  if (node.is_table()) return Section{};
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  const auto* array = node.as_array();
  if (!array || (!array->empty() && !array->is_homogeneous<std::string>())) {
    return Misfit{misfit_name(node)};
  }
  std::vector<std::string> items;
  for (const auto& item : *array) items.push_back(item.as_string()->get());
  return items;
}

// Depth is bounded by the parser.
void collect(const toml::table& table, const KeyPath& above, const std::string& name,
             std::vector<Placed>& out) {
  for (const auto& [key, node] : table) {
    KeyPath path = above;
    path.emplace_back(key.str());
    const auto place = key.source().begin;
    out.push_back(
        {place, Assignment(fmt::format("{}:{}", name, place.line), path, value_of(node))});
    if (const auto* inner = node.as_table()) collect(*inner, path, name, out);
  }
}

// The section that a line of the text stands in, as far as the headers above it tell.
std::string section_above(std::string_view text, std::size_t line) {
  std::string section;
  for (std::size_t i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    const std::string_view current = trimmed(text.substr(0, end));
    const auto close = current.rfind(']');
    if (current.starts_with('[') && close != std::string_view::npos) {
      section = std::string(trimmed(current.substr(1, close - 1))) + ".";
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return section;
}

// The name at the end of the parser's "cannot redefine existing string 'listen'".
std::optional<std::string> redefined(std::string_view description) {
  const auto begin = description.find("cannot redefine existing");
  if (begin == std::string_view::npos) return std::nullopt;
  const auto open = description.find('\'', begin);
  const auto close = description.rfind('\'');
  if (open == std::string_view::npos || close <= open) return std::nullopt;
  return std::string(description.substr(open + 1, close - open - 1));
}

tl::unexpected<Error> syntax_error(const toml::parse_error& error, std::string_view text,
                                   const std::string& name) {
  const std::string_view description = error.description();
  const auto line = error.source().begin.line;
  if (const auto key = redefined(description)) {
    const bool is_header = description.find("table header") != std::string_view::npos;
    const std::string section = is_header ? "" : section_above(text, line);
    return fail(Errc::invalid_argument, fmt::format("{}:{}: {}: is there twice; keep one of them",
                                                    name, line, printable(section + *key)));
  }
  return fail(Errc::invalid_argument,
              fmt::format("{}:{}: not TOML: {}; write a key as name = value, text in quotes", name,
                          line, printable(description, 200)));
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

tl::unexpected<Error> unreadable(const std::string& name, int errno_value) {
  return fail(Errc::invalid_argument,
              fmt::format("{}: cannot be read: {}; give a readable file with --config", name,
                          std::generic_category().message(errno_value)));
}

}  // namespace

Result<std::vector<Assignment>> parse_config_text(std::string_view text, const std::string& name) {
  std::vector<Placed> found;
  try {
    const toml::table root = toml::parse(text);
    collect(root, {}, name, found);
  } catch (const toml::parse_error& error) {
    return syntax_error(error, text, name);
  }
  std::stable_sort(found.begin(), found.end(), [](const Placed& a, const Placed& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  std::vector<Assignment> assignments;
  assignments.reserve(found.size());
  for (Placed& placed : found) assignments.push_back(std::move(placed.assignment));
  return assignments;
}

Result<std::vector<Assignment>> read_config_file(const std::filesystem::path& file) {
  const std::string name = printable(file.native(), 400);
  const std::unique_ptr<std::FILE, Close> opened(std::fopen(file.c_str(), "re"));
  if (!opened) return unreadable(name, errno);
  std::string text(kConfigFileBytesMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), opened.get()));
  if (std::ferror(opened.get())) return unreadable(name, errno);
  if (text.size() > kConfigFileBytesMax) {
    return fail(Errc::invalid_argument,
                fmt::format("{}: is over 1 MiB; this is not a configuration file", name));
  }
  return parse_config_text(text, name);
}

}  // namespace shoal::daemon
