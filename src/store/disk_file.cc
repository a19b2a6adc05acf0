#include "store/disk_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

namespace shoal::store {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

// Repeats a system call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

tl::unexpected<Error> path_failed(const char* what, const std::filesystem::path& path) {
  const int why = errno;
  return fail_errno(why, std::string("cannot ") + what + " " + path.string());
}

// tmpfs refuses RWF_NOWAIT and does not need it.
bool is_in_memory(int fd) {
  struct statfs status {};
  return ::fstatfs(fd, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

}  // namespace

Result<DiskFile> DiskFile::open(const std::filesystem::path& path, int flags) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
  if (fd == -1) return path_failed("open", path);
  return DiskFile(fd, path);
}

DiskFile::DiskFile(int fd, std::filesystem::path path)
    : fd_(fd), path_(std::move(path)), in_memory_(is_in_memory(fd)) {}

DiskFile::~DiskFile() {
  if (fd_ != -1) ::close(fd_);
}

DiskFile::DiskFile(DiskFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      in_memory_(other.in_memory_) {}

tl::unexpected<Error> DiskFile::failed(const char* what) const {
  return path_failed(what, path_);
}

Result<std::uint64_t> DiskFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) == -1) return failed("stat");
  return static_cast<std::uint64_t>(status.st_size);
}

Result<FileIdentity> DiskFile::identity() const {
  struct stat status {};
  if (::fstat(fd_, &status) == -1) return failed("stat");
  return FileIdentity{status.st_dev, status.st_ino};
}

Result<void> DiskFile::resize(std::uint64_t bytes) const {
  const auto size = static_cast<off_t>(bytes);
  if (uninterrupted([&] { return ::ftruncate(fd_, size); }) == -1) return failed("resize");
  return {};
}

Result<void> DiskFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = uninterrupted(
        [&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (done == -1) return failed("write");
    offset += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> DiskFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t done = uninterrupted(
        [&] { return ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (done == -1) return failed("read");
    if (done == 0) return fail(Errc::io, "cannot read " + path_.string() + ": it ends too early");
    offset += static_cast<std::uint64_t>(done);
    out = out.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

bool DiskFile::read_at_hand(std::uint64_t offset, std::span<std::byte> out) const {
  const iovec buffer{out.data(), out.size()};
  const int flags = in_memory_ ? 0 : RWF_NOWAIT;
  const ssize_t done = ::preadv2(fd_, &buffer, 1, static_cast<off_t>(offset), flags);
  return done == static_cast<ssize_t>(out.size());
}

Result<void> DiskFile::sync_data() const {
  if (uninterrupted([&] { return ::fdatasync(fd_); }) == -1) return failed("sync");
  return {};
}

Result<void> DiskFile::sync() const {
  if (uninterrupted([&] { return ::fsync(fd_); }) == -1) return failed("sync");
  return {};
}

Result<void> read_in_chunks(const DiskFile& file, ByteRange range,
                            const std::function<void(std::span<const std::byte>)>& take) {
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(range.size, kChunkBytes));
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(room);
  while (!range.empty()) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(range.size, room));
    const std::span<std::byte> chunk(buffer.get(), size);
    if (auto done = file.read_at(range.offset, chunk); !done) return done;
    take(chunk);
    range.offset += size;
    range.size -= size;
  }
  return {};
}

Result<void> move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) == -1) {
    const int why = errno;
    return fail_errno(why, "cannot rename " + from.string() + " to " + to.string());
  }
  return {};
}

Result<void> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == -1 && errno != ENOENT) return path_failed("remove", path);
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  auto handle = DiskFile::open(folder, O_RDONLY | O_DIRECTORY);
  if (!handle) return fail(std::move(handle.error()));
  return handle->sync();
}

Result<void> of_disk(Result<void> result) {
  if (!result && result.error().code == Errc::not_found) result.error().code = Errc::io;
  return result;
}

Result<DiskSpace> disk_space(const std::filesystem::path& path) {
  struct statvfs status {};
  if (uninterrupted([&] { return ::statvfs(path.c_str(), &status); }) == -1) {
    return path_failed("ask for the free space of", path);
  }
  return DiskSpace{std::uint64_t{status.f_blocks} * status.f_frsize,
                   std::uint64_t{status.f_bavail} * status.f_frsize};
}

Result<FileIdentity> identity_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == -1) return path_failed("stat", path);
  return FileIdentity{status.st_dev, status.st_ino};
}

Result<std::chrono::system_clock::time_point> modified_at(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == -1) return path_failed("stat", path);
  return std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
}

Result<bool> make_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) == 0) return true;
  if (errno != EEXIST) return path_failed("make the folder", folder);
  struct stat status {};
  if (::stat(folder.c_str(), &status) == -1) return path_failed("stat", folder);
  if (!S_ISDIR(status.st_mode)) {
    return fail(Errc::io, "cannot make the folder " + folder.string() + ": a file is in its place");
  }
  return false;
}

}  // namespace shoal::store
