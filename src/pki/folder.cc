#include "pki/folder.h"

#include <array>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "base/files.h"
#include "pki/authority.h"

namespace shoal::pki {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kForAll = 0644;
constexpr unsigned kForOwner = 0600;
constexpr std::size_t kClusterKeyBytes = 32;

// The folder, with none of these files in it: half a pair must not be left when the other half is
// refused.
Result<void> prepare(const fs::path& folder, std::initializer_list<const char*> files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Errc::io, folder.native() + ": " + error.message());
  for (const char* file : files) {
    if (!fs::exists(fs::symlink_status(folder / file, error))) continue;
    return fail(Errc::invalid_argument,
                (folder / file).native() + ": is there already and stays; choose another folder");
  }
  return {};
}

// 64 hex digits and a line's end, as p2p::read_cluster_secret() takes them.
Result<std::string> make_cluster_key() {
  std::array<unsigned char, kClusterKeyBytes> secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return fail(Errc::internal, "there are no random numbers for a cluster's key");
  }
  std::string text;
  for (const unsigned char byte : secret) text += fmt::format("{:02x}", byte);
  return text + "\n";
}

// The text of the authority's cluster.key; nothing where it has none.
Result<std::optional<std::string>> cluster_key_of(const fs::path& authority) {
  std::error_code error;
  const fs::path file = authority / kClusterKeyFile;
  if (!fs::exists(fs::symlink_status(file, error))) return std::nullopt;
  auto text = read_text_file(file);
  if (!text) return fail(text.error());
  return std::optional<std::string>(std::move(*text));
}

}  // namespace

Result<void> init_authority(const fs::path& folder, const std::string& name, unsigned days) {
  const auto made = make_authority(name, valid_for_days(days));
  if (!made) return fail(made.error());
  const auto cluster_key = make_cluster_key();
  if (!cluster_key) return fail(cluster_key.error());
  auto ready = prepare(folder, {kAuthorityFile, kAuthorityKeyFile, kClusterKeyFile});
  if (!ready) return ready;
  auto written = write_new_file(folder / kAuthorityKeyFile, made->key_pem, kForOwner);
  if (written) written = write_new_file(folder / kClusterKeyFile, *cluster_key, kForOwner);
  if (!written) return written;
  return write_new_file(folder / kAuthorityFile, made->certificate_pem, kForAll);
}

Result<void> issue_into(const fs::path& folder, const fs::path& authority, const std::string& node,
                        unsigned days) {
  Issued pair;
  auto certificate = read_text_file(authority / kAuthorityFile);
  if (!certificate) return fail(certificate.error());
  auto key = read_text_file(authority / kAuthorityKeyFile);
  if (!key) return fail(key.error());
  pair.certificate_pem = std::move(*certificate);
  pair.key_pem = std::move(*key);
  const auto made = issue_member(pair, node, valid_for_days(days));
  if (!made) return fail(Errc::invalid_argument, authority.native() + ": " + made.error().message);
  const auto cluster_key = cluster_key_of(authority);
  if (!cluster_key) return fail(cluster_key.error());
  auto ready = prepare(folder, {kMemberFile, kMemberKeyFile, kAuthorityFile, kClusterKeyFile});
  if (!ready) return ready;
  auto written = write_new_file(folder / kMemberKeyFile, made->key_pem, kForOwner);
  if (written && *cluster_key) {
    written = write_new_file(folder / kClusterKeyFile, **cluster_key, kForOwner);
  }
  if (written) written = write_new_file(folder / kMemberFile, made->certificate_pem, kForAll);
  if (written) written = write_new_file(folder / kAuthorityFile, pair.certificate_pem, kForAll);
  return written;
}

}  // namespace shoal::pki
