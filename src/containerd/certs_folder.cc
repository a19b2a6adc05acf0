#include "containerd/certs_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/files.h"
#include "base/repository.h"
#include "base/text.h"
#include "containerd/hosts_file.h"

namespace shoal::containerd {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kForAll = 0644;
constexpr unsigned kPermissionBits = 07777;
constexpr std::size_t kRegistriesMax = 10'000;

// One registry's files.
struct Place {
  explicit Place(const fs::path& file)
      : folder(file.parent_path()), hosts(file), backup(folder / kBackupFile) {}
  fs::path folder;
  fs::path hosts;
  fs::path backup;
};

struct Found {
  std::string text;
  unsigned permissions = kForAll;
};

// What is there, if anything is.
// Errors  io; invalid_argument: something else than a file. A link may lead elsewhere inside a container
//         than outside.
Result<std::optional<Found>> look_at(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return fail_errno(errno, file.native());
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(
        Errc::invalid_argument,
        file.native() + ": is no file of its own; put one in its place, with what it leads to");
  }
  auto text = read_text_file(file);
  if (!text) return fail(text.error());
  return Found{std::move(*text), status.st_mode & kPermissionBits};
}

Result<void> drop(const fs::path& file) {
  if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, file.native());
}

// Names that fit between quotes, and are what containerd would read.
Result<CertificateFiles> certificates_in(const fs::path& folder) {
  CertificateFiles found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (!is_printable_ascii(name.native()) ||
        name.native().find_first_of("\"\\") != std::string::npos) {
      continue;
    }
    if (name.extension() == ".crt") found.authorities.push_back(name.native());
    if (name.extension() != ".cert") continue;
    if (fs::exists(folder / (name.stem().native() + ".key"))) found.pairs.push_back(name.stem());
  }
  if (error) return fail(Errc::io, folder.native() + ": " + error.message());
  std::sort(found.authorities.begin(), found.authorities.end());
  std::sort(found.pairs.begin(), found.pairs.end());
  return found;
}

// The folder with nothing in it, or not at all.
Result<bool> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  const bool is_new = !error && fs::create_directory(folder, error);
  if (error) return fail(Errc::io, folder.native() + ": " + error.message());
  return is_new;
}

// The file itself under a second name, so that nothing of it is lost. One that is there is of an earlier
// time: what was found has no block of ours, so somebody wrote the file anew.
Result<void> keep(const Place& place) {
  auto dropped = drop(place.backup);
  if (!dropped) return dropped;
  if (::link(place.hosts.c_str(), place.backup.c_str()) == 0) return {};
  return fail_errno(errno, place.backup.native());
}

Error about(const fs::path& file, const Error& error) {
  return Error(error.code, file.native() + ": " + error.message);
}

}  // namespace

bool is_registry(const std::string& text) {
  return text == kDefaultRegistry || RegistryName::parse(text);
}

fs::path hosts_file_of(const fs::path& folder, const std::string& registry) {
  const auto colon = registry.rfind(':');
  if (colon != std::string::npos) {
    // "host_port_" goes before "host:port", for disks that allow no colon.
    const fs::path other =
        folder / (registry.substr(0, colon) + "_" + registry.substr(colon + 1) + "_");
    std::error_code error;
    if (fs::is_directory(other, error)) return other / kHostsFile;
  }
  return folder / registry / kHostsFile;
}

Result<std::vector<std::string>> registries_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) names.push_back(entry->path().filename().native());
    if (names.size() > kRegistriesMax) {
      return fail(Errc::too_large, folder.native() + ": has too many folders to be what was meant");
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(Errc::io, folder.native() + ": " + error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Change> configure(const fs::path& folder, const std::string& registry,
                         const std::string& mirror) {
  const Place place(hosts_file_of(folder, registry));
  const auto is_new = make_folder(place.folder);
  if (!is_new) return fail(is_new.error());
  const auto found = look_at(place.hosts);
  if (!found) return fail(found.error());
  const std::string old = *found ? (*found)->text : "";
  const bool is_ours = has_block(old);
  const bool is_users = *found && (!is_ours || fs::exists(fs::symlink_status(place.backup)));
  BlockOptions options;
  options.is_folder_new = *is_new;
  if (!is_users) {
    auto certificates = certificates_in(place.folder);
    if (!certificates) return fail(certificates.error());
    options.certificates = std::move(*certificates);
  }
  const auto text = with_mirror(old, mirror, options);
  if (!text) return fail(about(place.hosts, text.error()));
  if (*found && *text == old) {
    return Change{registry, is_ours ? Outcome::unchanged : Outcome::by_hand, place.hosts};
  }
  if (*found && !is_ours) {
    auto kept = keep(place);
    if (!kept) return fail(kept.error());
  }
  auto written = replace_file(place.hosts, *text, *found ? (*found)->permissions : kForAll);
  if (!written) {
    // An empty folder would keep containerd from the default one.
    if (*is_new) ::rmdir(place.folder.c_str());
    return fail(written.error());
  }
  return Change{registry, is_users ? Outcome::added : Outcome::written, place.hosts};
}

Result<Change> restore(const fs::path& folder, const std::string& registry) {
  const Place place(folder / registry / kHostsFile);
  const auto found = look_at(place.hosts);
  if (!found) return fail(found.error());
  const auto kept = look_at(place.backup);
  if (!kept) return fail(kept.error());
  if (!*found || !has_block((*found)->text)) {
    // Somebody wrote it anew, or took it away: what was there before is of no use any more.
    auto dropped = drop(place.backup);
    if (!dropped) return fail(dropped.error());
    return Change{registry, Outcome::unchanged, place.hosts};
  }
  const std::string rest = without_mirror((*found)->text);
  if (*kept && (rest == (*kept)->text || rest == (*kept)->text + "\n")) {
    if (::rename(place.backup.c_str(), place.hosts.c_str()) != 0) {
      return fail_errno(errno, place.hosts.native());
    }
    return Change{registry, Outcome::restored, place.hosts};
  }
  if (*kept || !trimmed(rest).empty()) {
    auto written = replace_file(place.hosts, rest, (*found)->permissions);
    if (written) written = drop(place.backup);
    if (!written) return fail(written.error());
    return Change{registry, Outcome::taken_out, place.hosts};
  }
  auto dropped = drop(place.hosts);
  if (!dropped) return fail(dropped.error());
  // Left where somebody put something into it.
  if (is_folder_ours((*found)->text)) ::rmdir(place.folder.c_str());
  return Change{registry, Outcome::removed, place.hosts};
}

}  // namespace shoal::containerd
