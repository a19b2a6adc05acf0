#include "p2p/cluster_secret.h"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace shoal::p2p {
namespace {

constexpr std::size_t kFileBytesMax = 256;

std::optional<unsigned> nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

std::optional<ClusterSecret> parse_secret(std::string_view digits) {
  ClusterSecret secret{};
  if (digits.size() != secret.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const auto high = nibble(digits[2 * i]);
    const auto low = nibble(digits[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    secret[i] = static_cast<std::byte>(*high << 4U | *low);
  }
  return secret;
}

}  // namespace

Result<ClusterSecret> read_cluster_secret(const std::filesystem::path& path) {
  const auto bad = [&](std::string_view what) {
    return fail(Errc::invalid_argument, path.string() + ": " + std::string(what));
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (error) return bad("cannot be read: " + error.message());
  if (!std::filesystem::is_regular_file(status)) return bad("is not a file");
  constexpr auto kOthers =
      std::filesystem::perms::others_read | std::filesystem::perms::others_write;
  if ((status.permissions() & kOthers) != std::filesystem::perms::none) {
    return bad("is open to everybody; take that away (chmod o-rw)");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad("cannot be read");
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::string_view digits = trimmed(text);
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) {
    digits = trimmed(digits.substr(0, digits.size() - 1));
  }
  const auto secret = parse_secret(digits);
  if (!secret) return bad("does not hold 64 hex digits (make one with: openssl rand -hex 32)");
  return *secret;
}

}  // namespace shoal::p2p
