#include "containerd/hosts_file.h"

#include <optional>

#include <toml++/toml.h>

#include "base/host_port.h"
#include "base/text.h"

namespace shoal::containerd {
namespace {

constexpr std::string_view kBegin =
    "# Written by `shoal containerd configure`; `shoal containerd restore` takes it out again.\n";
constexpr std::string_view kFolder = "# This folder was made for it, too.\n";
constexpr std::string_view kEnd = "# End of what `shoal containerd configure` wrote.\n";

struct Block {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// Where a line begins with these words.
std::size_t find_line(std::string_view text, std::string_view line, std::size_t from) {
  for (auto at = text.find(line, from); at != std::string_view::npos;
       at = text.find(line, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

std::optional<Block> find_block(std::string_view text) {
  const auto begin = find_line(text, kBegin, 0);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = find_line(text, kEnd, begin);
  if (end == std::string_view::npos) return std::nullopt;
  return Block{begin, end + kEnd.size() - begin};
}

std::optional<toml::table> parsed(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

std::string list_of(const std::vector<std::string>& names, std::string_view before,
                    std::string_view between, std::string_view after) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += before;
    out += name;
    if (!between.empty()) (out += between) += name;
    out += after;
  }
  return "[" + out + "]\n";
}

std::string block_for(const std::string& mirror, const BlockOptions& options) {
  std::string out(kBegin);
  if (options.is_folder_new) out += kFolder;
  const CertificateFiles& files = options.certificates;
  if (!files.authorities.empty()) out += "ca = " + list_of(files.authorities, "\"", "", "\"");
  if (!files.pairs.empty()) {
    out += "client = " + list_of(files.pairs, "[\"", ".cert\", \"", ".key\"]");
  }
  out += "[host.\"" + mirror + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n";
  return out += kEnd;
}

// The beginning of the line before the one that begins at `at`.
std::size_t line_before(std::string_view text, std::size_t at) {
  const auto end = text.substr(0, at - 1).rfind('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

// Where the first table begins, with the comments that stand right above it; the end of the text where
// there is none. A '[' in an array or a text of several lines begins no table: what stands before it is
// no TOML of its own.
std::size_t first_table(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto next = end == std::string_view::npos ? text.size() : end + 1;
    if (trimmed(text.substr(at, next - at)).starts_with('[') && parsed(text.substr(0, at))) {
      while (at > 0) {
        const auto above = line_before(text, at);
        const bool is_comment = trimmed(text.substr(above, at - above)).starts_with('#');
        if (!is_comment || !parsed(text.substr(0, above))) break;
        at = above;
      }
      return at;
    }
    at = next;
  }
  return text.size();
}

// Whether `after` is `before` with one host more.
bool is_same_but_for(toml::table after, const toml::table& before, const std::string& mirror) {
  toml::table* hosts = after["host"].as_table();
  if (!hosts || !hosts->contains(mirror)) return false;
  hosts->erase(mirror);
  if (hosts->empty() && !before.contains("host")) after.erase("host");
  return after == before;
}

bool table_names_mirror(const toml::table& table, const std::string& mirror) {
  const toml::table* hosts = table["host"].as_table();
  return hosts && (hosts->contains(mirror) || hosts->contains(mirror + "/"));
}

}  // namespace

Result<std::string> parse_mirror(std::string_view text) {
  std::string_view rest = text;
  const bool is_plain = rest.starts_with("http://");
  if (is_plain || rest.starts_with("https://")) {
    rest.remove_prefix(is_plain ? 7 : 8);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const bool is_safe = rest.find_first_of("\"\\/?#@ ") == std::string_view::npos;
    if (is_safe && parse_host_port(rest)) {
      return std::string(text.substr(0, text.size() - (text.ends_with('/') ? 1 : 0)));
    }
  }
  return fail(Errc::invalid_argument, printable(text) +
                                          ": is no mirror's address; write it like "
                                          "http://127.0.0.1:5050");
}

Result<std::string> with_mirror(std::string_view text, const std::string& mirror,
                                const BlockOptions& options) {
  BlockOptions all = options;
  all.is_folder_new |= is_folder_ours(text);
  std::string rest = without_mirror(text);
  const auto before = parsed(rest);
  if (!before) {
    return fail(Errc::invalid_argument,
                "is not TOML, and containerd cannot read it either; correct it first");
  }
  if (table_names_mirror(*before, mirror)) return rest;
  const auto at = first_table(rest);
  // A host without a section of its own would go before ours.
  const auto above = parsed(std::string_view(rest).substr(0, at));
  const bool is_late = !above || above->contains("host");
  const bool needs_line_end = at == rest.size() && !rest.empty() && !rest.ends_with('\n');
  rest.insert(at, (needs_line_end ? "\n" : "") + block_for(mirror, all));
  auto after = parsed(rest);
  if (after && !all.certificates.authorities.empty()) after->erase("ca");
  if (after && !all.certificates.pairs.empty()) after->erase("client");
  if (is_late || !after || !is_same_but_for(*after, *before, mirror)) {
    return fail(Errc::invalid_argument,
                "its hosts are written in a way that no other can be put before; write each as a "
                "section, [host.\"https://...\"]");
  }
  return rest;
}

std::string without_mirror(std::string_view text) {
  std::string out(text);
  while (const auto block = find_block(out)) out.erase(block->begin, block->size);
  return out;
}

bool has_block(std::string_view text) {
  return find_block(text).has_value();
}

bool is_folder_ours(std::string_view text) {
  const auto block = find_block(text);
  return block && text.substr(block->begin, block->size).find(kFolder) != std::string_view::npos;
}

bool names_mirror(std::string_view text, const std::string& mirror) {
  const auto table = parsed(text);
  return table && table_names_mirror(*table, mirror);
}

}  // namespace shoal::containerd
