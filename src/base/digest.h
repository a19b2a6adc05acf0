#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal {

enum class DigestAlgorithm : std::uint8_t { sha256, sha512 };

// A content digest, "sha256:<64 lower-case hex>" or "sha512:<128 lower-case hex>".
// A value of this type is always well formed, so its text is safe in a file name or a log line.
// Source  OCI image-spec 1.1, descriptor.md, "Digests".
class Digest {
 public:
  // Errors  invalid_argument: unknown algorithm, wrong length, anything but lower-case hex.
  static Result<Digest> parse(std::string_view text);
  // `raw` is 32 bytes for sha256, 64 for sha512; anything else is a bug and throws.
  static Digest from_raw(DigestAlgorithm algorithm, std::span<const std::byte> raw);

  DigestAlgorithm algorithm() const { return algorithm_; }
  std::string_view algorithm_name() const;
  std::string_view hex() const;                      // without the algorithm
  const std::string& text() const { return text_; }  // with it
  // A short form for log lines: the first 12 hex digits.
  std::string_view brief() const { return hex().substr(0, 12); }

  auto operator<=>(const Digest&) const = default;

 private:
  Digest(DigestAlgorithm algorithm, std::string text)
      : algorithm_(algorithm), text_(std::move(text)) {}

  DigestAlgorithm algorithm_;
  std::string text_;
};

}  // namespace shoal

template <>
struct std::hash<shoal::Digest> {
  std::size_t operator()(const shoal::Digest& digest) const noexcept {
    return std::hash<std::string>{}(digest.text());
  }
};
