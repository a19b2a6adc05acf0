#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/digest.h"
#include "base/result.h"
#include "store/disk_file.h"

namespace shoal::store {

// The folder a store lives in: where what lies, whose it is, and in which format.
//
//   FORMAT                           "shoal-store 1": the version of all that follows; where the cluster
//                                    has chosen one, " pieces of " and their bytes
//   LOCK                             flock(2)ed by the process that has the store open
//   blobs/<algorithm>/<2 hex>/<hex>  complete blobs, one file each
//   partial/<algorithm>-<hex>        arriving blobs, sparse, of the blob's size from the start
//   index/                           leveldb
//
// Lifetime  the lock is held as long as the object lives.
class DataDir {
 public:
  // Makes the folder if it is missing (its parents too), takes the lock, and makes what is inside.
  // Errors  invalid_argument: FORMAT names a version we do not know or pieces of another size, or there
  //         is none but other files; nothing was touched. io, no_space: the message names the folder.
  static Result<DataDir> open(const std::filesystem::path& folder, std::uint32_t piece_bytes);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path index() const { return folder_ / "index"; }
  std::filesystem::path partials() const { return folder_ / "partial"; }
  std::filesystem::path blob(const Digest& digest) const;
  std::filesystem::path partial(const Digest& digest) const;

  // Whether the folder at the path is still the one that was opened, and not gone, or another one.
  bool is_in_place() const;
  // Opens again what is at the path: the folder that came back, or a new one where it was removed. A disk
  // that was taken away is waited for: what is at the path without it is another one.
  // Not at the same time as itself or is_in_place().
  // Errors  io: it cannot be opened, or is on another disk.
  Result<void> take_again(std::uint32_t piece_bytes);

  // Removes the files in partial/ that `is_known` says no to: left by a crash between the making of
  // a file and its record.
  // Errors  io.
  Result<void> sweep_partials(const std::function<bool(const Digest&)>& is_known) const;

  // Moves the file of a blob that arrived to its place among the blobs, or one of those back among
  // the ones that arrive. Durable after sync_moves().
  // Errors  not_found: there is no such file; no_space; io.
  Result<void> move_in(const Digest& digest) const;
  Result<void> move_out(const Digest& digest) const;
  Result<void> sync_moves(const Digest& digest) const;

 private:
  DataDir(std::filesystem::path folder, std::shared_ptr<DiskFile> lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  std::shared_ptr<DiskFile> lock_;
};

}  // namespace shoal::store
