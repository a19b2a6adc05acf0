#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

// Lower-case hex, two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);

// Both views of the same memory; nothing is copied.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
std::string_view as_text(std::span<const std::byte> bytes);

// "64MiB", "1.5GiB", "512KB", "4096": a byte count as people write it (binary and decimal units).
// Errors  invalid_argument, with the text in the message: no number, another unit, over 8 PiB.
Result<std::uint64_t> parse_byte_count(std::string_view text);

// "412.3 MiB": a byte count as people read it.
std::string format_byte_count(std::uint64_t bytes);

}  // namespace shoal
