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

// Whether there is nothing in it but spaces and what ASCII can print: fit for a header as it is.
bool is_printable_ascii(std::string_view text);

// `text` fit to be quoted in an error message or on a terminal: control bytes as \xNN, and cut with
// "..." after `bytes_max` bytes.
std::string printable(std::string_view text, std::size_t bytes_max = 120);

// Percent-encodes all but RFC 3986's unreserved characters and those of `also_plain`: for the names and
// values of a query or a form.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});

// How many single-character insertions, deletions and replacements lie between two words.
// Limits  quadratic: for words, not for texts.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace shoal
