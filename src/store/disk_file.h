#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "base/byte_range.h"
#include "base/result.h"
#include "store/room.h"

namespace shoal::store {

// Which file it is, whatever its name.
struct FileIdentity {
  std::uint64_t device;
  std::uint64_t inode;
  bool operator==(const FileIdentity&) const = default;
};

// An open file, closed with the object. Its calls finish what they begin: interrupted calls are
// repeated, short transfers go on. Messages of errors name the path it was opened with.
// Thread  any; positions are explicit, so calls do not disturb one another.
class DiskFile {
 public:
  // `flags` as for open(2); O_CLOEXEC is added, new files are the owner's alone (0600).
  // Errors  not_found; no_space; io.
  static Result<DiskFile> open(const std::filesystem::path& path, int flags);
  ~DiskFile();
  DiskFile(DiskFile&& other) noexcept;
  DiskFile& operator=(DiskFile&&) = delete;

  int fd() const { return fd_; }
  Result<std::uint64_t> size() const;
  Result<FileIdentity> identity() const;
  // Cuts the file or lengthens it with a hole.
  Result<void> resize(std::uint64_t bytes) const;
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;
  // Fills `out`; a file that ends before that is an io error.
  Result<void> read_at(std::uint64_t offset, std::span<std::byte> out) const;
  // Fills `out` only if that needs no waiting for a disk: the bytes are in the page cache.
  // Returns  whether it did; if not, `out` may hold anything.
  bool read_at_hand(std::uint64_t offset, std::span<std::byte> out) const;
  // Returns when the bytes (sync_data), and the file's times and mode too (sync), are on the disk.
  Result<void> sync_data() const;
  Result<void> sync() const;

 private:
  DiskFile(int fd, std::filesystem::path path);
  tl::unexpected<Error> failed(const char* what) const;

  int fd_;
  std::filesystem::path path_;
  bool in_memory_;  // a tmpfs: nothing in it ever waits for a disk
};

// Reads `range` in parts of at most kChunkBytes and hands each to `take`, in order.
inline constexpr std::size_t kChunkBytes = 256 * 1024;
Result<void> read_in_chunks(const DiskFile& file, ByteRange range,
                            const std::function<void(std::span<const std::byte>)>& take);

// Renames within one file system; a file at `to` is replaced.
// Errors  not_found: there is no `from`; no_space; io.
Result<void> move_file(const std::filesystem::path& from, const std::filesystem::path& to);
// Ok if there is none.
Result<void> remove_file(const std::filesystem::path& path);
// Returns when the folder's entries are on the disk: what was made, renamed or removed in it.
Result<void> sync_folder(const std::filesystem::path& folder);
// What the file system that holds `path` has room for.   Errors  not_found; io.
Result<DiskSpace> disk_space(const std::filesystem::path& path);
// Errors  not_found; io.
Result<FileIdentity> identity_of(const std::filesystem::path& path);
// When the file's bytes last changed.   Errors  not_found; io.
Result<std::chrono::system_clock::time_point> modified_at(const std::filesystem::path& path);
// The same result, where a file or folder of ours that is not there is the disk's fault: not_found
// means another thing to who asked for a blob.
Result<void> of_disk(Result<void> result);
// Makes one folder, the owner's alone (0700). Ok if it is there.
// Returns  whether it was made.
Result<bool> make_folder(const std::filesystem::path& folder);

}  // namespace shoal::store
