#include "pki/folder.h"

#include <initializer_list>

#include "pki/authority.h"
#include "pki/files.h"

namespace shoal::pki {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kForAll = 0644;
constexpr unsigned kForOwner = 0600;

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

}  // namespace

Result<void> init_authority(const fs::path& folder, const std::string& name, unsigned days) {
  const auto made = make_authority(name, valid_for_days(days));
  if (!made) return fail(made.error());
  if (auto ready = prepare(folder, {kAuthorityFile, kAuthorityKeyFile}); !ready) return ready;
  auto written = write_new_file(folder / kAuthorityKeyFile, made->key_pem, kForOwner);
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
  auto ready = prepare(folder, {kMemberFile, kMemberKeyFile, kAuthorityFile});
  if (!ready) return ready;
  auto written = write_new_file(folder / kMemberKeyFile, made->key_pem, kForOwner);
  if (written) written = write_new_file(folder / kMemberFile, made->certificate_pem, kForAll);
  if (written) written = write_new_file(folder / kAuthorityFile, pair.certificate_pem, kForAll);
  return written;
}

}  // namespace shoal::pki
