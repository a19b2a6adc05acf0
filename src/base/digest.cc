#include "base/digest.h"

#include <algorithm>
#include <stdexcept>

#include "base/bytes.h"

namespace shoal {
namespace {

constexpr std::string_view kSha256 = "sha256";
constexpr std::string_view kSha512 = "sha512";

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::invalid_argument, "digest has no algorithm; want sha256:<hex>");
  }
  const std::string_view name = text.substr(0, colon);
  const std::string_view hex = text.substr(colon + 1);
  if (name != kSha256 && name != kSha512) {
    return fail(Errc::invalid_argument, "digest algorithm is not supported; want sha256 or sha512");
  }
  const bool is_sha256 = name == kSha256;
  if (hex.size() != (is_sha256 ? 64U : 128U) ||
      !std::all_of(hex.begin(), hex.end(), is_lower_hex)) {
    return fail(Errc::invalid_argument,
                is_sha256 ? "digest is not sha256: and 64 lower-case hex digits"
                          : "digest is not sha512: and 128 lower-case hex digits");
  }
  return Digest(is_sha256 ? DigestAlgorithm::sha256 : DigestAlgorithm::sha512, std::string(text));
}

Digest Digest::from_raw(DigestAlgorithm algorithm, std::span<const std::byte> raw) {
  if (raw.size() != (algorithm == DigestAlgorithm::sha256 ? 32U : 64U)) {
    throw std::logic_error("Digest::from_raw: wrong number of bytes");
  }
  std::string text(algorithm == DigestAlgorithm::sha256 ? kSha256 : kSha512);
  text += ':';
  text += to_hex(raw);
  return Digest(algorithm, std::move(text));
}

std::string_view Digest::algorithm_name() const {
  return algorithm_ == DigestAlgorithm::sha256 ? kSha256 : kSha512;
}

std::string_view Digest::hex() const {
  return std::string_view(text_).substr(7);
}

}  // namespace shoal
