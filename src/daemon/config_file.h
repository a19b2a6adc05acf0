#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/config_key.h"

namespace shoal::daemon {

// A larger file is not a configuration.
inline constexpr std::size_t kConfigFileBytesMax = 1 << 20;

// What one source says of one key (or, with a Section value, that there is a table).
struct Assignment {
  Assignment(std::string origin_in, KeyPath path_in, Value value_in)
      : origin(std::move(origin_in)), path(std::move(path_in)), value(std::move(value_in)) {}

  std::string origin;  // "shoal.toml:12", for errors
  KeyPath path;
  Value value;
};

// All tables and keys of a TOML text in the order of its lines; `name` is the file's, for errors.
// Nothing is known here of which keys there may be.
// Errors  invalid_argument: not TOML, or a key that is there twice; "NAME:LINE: what; what to do".
Result<std::vector<Assignment>> parse_config_text(std::string_view text, const std::string& name);

// Errors  also those of reading the file.
Result<std::vector<Assignment>> read_config_file(const std::filesystem::path& file);

}  // namespace shoal::daemon
