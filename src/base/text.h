#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

// Without the spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

// The parts between separators, trimmed: "a, b" at ',' is {"a", "b"}; "" has no parts.
std::vector<std::string> split(std::string_view text, char separator);

// `text` fit to be quoted in an error message or on a terminal: control bytes as \xNN, and cut with
// "..." after `bytes_max` bytes.
std::string printable(std::string_view text, std::size_t bytes_max = 120);

// How many single-character insertions, deletions and replacements lie between two words.
// Limits  quadratic: for words, not for texts.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace shoal
