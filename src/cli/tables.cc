#include "cli/tables.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/text.h"

namespace shoal::cli {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

// Names come from registries: nothing in them may move a terminal's cursor.
std::string text_of(const json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_string()) return {};
  return printable(found->get<std::string>(), 512);
}

std::uint64_t number_of(const json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool flag_of(const json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_boolean() && found->get<bool>();
}

json list_of(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_array() ? *found : json::array();
}

std::string bytes_of(const json& entry, const char* name) {
  return format_byte_count(number_of(entry, name));
}

std::string age_of(const json& entry, Seconds now) {
  return age(Seconds(static_cast<std::int64_t>(number_of(entry, "used_at"))), now);
}

std::string brief(const std::string& digest) {
  constexpr std::size_t kDigits = 12;
  const auto colon = digest.find(':');
  return colon == std::string::npos ? digest : digest.substr(0, colon + 1 + kDigits);
}

std::string state_of(const json& blob) {
  std::string state = flag_of(blob, "complete") ? "" : "partial";
  for (const char* name : {"pinned", "in_use"}) {
    if (!flag_of(blob, name)) continue;
    if (!state.empty()) state += ", ";
    state += std::string_view(name) == "in_use" ? "in use" : name;
  }
  return state.empty() ? "-" : state;
}

// Columns as wide as their widest cell; nothing follows the last one.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string age(Seconds then, Seconds now) {
  if (then.count() <= 0) return "-";
  const std::int64_t seconds = std::max<std::int64_t>(0, (now - then).count());
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 60 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 60 * 60) return std::to_string(seconds / (60 * 60)) + " h";
  return std::to_string(seconds / (24 * 60 * 60)) + " d";
}

std::string images_table(const json& document, Seconds now) {
  std::vector<Row> rows{{"IMAGE", "DIGEST", "SIZE", "BLOBS", "USED", "PIN"}};
  for (const json& image : list_of(document, "images")) {
    rows.push_back({text_of(image, "name"), brief(text_of(image, "digest")),
                    bytes_of(image, "bytes"),
                    std::to_string(number_of(image, "blobs")) + " of " +
                        std::to_string(number_of(image, "named")),
                    age_of(image, now), flag_of(image, "pinned") ? "pinned" : "-"});
  }
  return aligned(rows);
}

std::string blobs_table(const json& document, Seconds now, bool has_header) {
  std::vector<Row> rows;
  if (has_header) rows.push_back({"BLOB", "SIZE", "USED", "STATE", "TYPE", "SOURCE"});
  for (const json& blob : list_of(document, "blobs")) {
    rows.push_back({text_of(blob, "digest"), bytes_of(blob, "bytes"), age_of(blob, now),
                    state_of(blob), text_of(blob, "media_type"), text_of(blob, "source")});
  }
  return aligned(rows);
}

std::string space_table(const json& document) {
  std::vector<Row> rows{{"disk", bytes_of(document, "disk_bytes")},
                        {"  free", bytes_of(document, "disk_free")},
                        {"limit", bytes_of(document, "limit")},
                        {"taken", bytes_of(document, "occupied")},
                        {"  may be evicted", bytes_of(document, "evictable")},
                        {"  promised to downloads", bytes_of(document, "promised")},
                        {"blobs", std::to_string(number_of(document, "blobs"))},
                        {"  not whole", std::to_string(number_of(document, "partial_blobs"))}};
  const std::string trouble = text_of(document, "trouble");
  if (!trouble.empty()) rows.push_back({"trouble", trouble});
  return aligned(rows);
}

}  // namespace shoal::cli
