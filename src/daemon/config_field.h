#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "daemon/config.h"

namespace shoal::daemon {

// A place in a Config. Its type says how the key is read, written and checked.
using Field = std::variant<std::string*, std::filesystem::path*, bool*, std::uint32_t*,
                           std::chrono::milliseconds*, ByteRate*, ByteSize*, DiskShare*, LogFormat*,
                           std::vector<std::string>*>;

// What a source gave for a key.
struct Text {  // of a variable or a flag: the field's type decides how it is read
  std::string text;
};
struct Section {};        // a TOML table
struct Misfit {           // of a TOML type no key has
  std::string_view what;  // "a float"
};
using Value =
    std::variant<std::string, bool, std::int64_t, std::vector<std::string>, Text, Section, Misfit>;

// Stores `value` in the field.
// Errors  invalid_argument: another type than the field's, or no such value; the message says what
//         to write.
Result<void> assign(Field field, const Value& value);

// The field's value as TOML. assign() of what a TOML parser makes of it gives the same value.
std::string render(Field field);

// `text` as a TOML basic string.
std::string toml_quoted(std::string_view text);

}  // namespace shoal::daemon
