#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/descriptor.h"
#include "base/hash.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/piece_layout.h"

namespace shoal::store {

// The bytes of one blob on disk, whole or still arriving. Made by Store only; there is at most one
// BlobFile per digest in the process, so all who read or write one blob share its piece state.
//
// A piece is *present* once all its bytes were written and finish_piece() took their CRC32C. Bytes of
// a piece that is not present may be written in any order, again and again, by any thread; bytes of a
// present piece are never written (write() leaves them alone and says ok).
//
// Thread    any; all calls may block on the disk, so make them on the disk pool.
// Lifetime  the file descriptor is valid as long as the object, also after the file was renamed into
//           place (commit) or deleted (eviction).
class BlobFile {
 public:
  ~BlobFile();
  BlobFile(const BlobFile&) = delete;
  BlobFile& operator=(const BlobFile&) = delete;

  const Descriptor& descriptor() const;
  const PieceLayout& layout() const;
  int fd() const;  // for sendfile(2); read only what is present

  // True once the whole matched its digest and is safely in the store.
  bool complete() const;

  bool has_piece(std::uint32_t index) const;
  std::uint32_t pieces_present() const;
  std::vector<bool> pieces() const;  // a copy; layout().count() entries
  // The bytes from `offset` on that are present without a gap, at most up to the blob's end.
  std::uint64_t present_from(std::uint64_t offset) const;

  // Writes inside pieces; `offset` + size <= blob size. Short writes are finished.
  // Errors  invalid_argument: outside the blob; no_space; io.
  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes);

  // Says that every byte of the piece was written: takes their CRC32C, for which it reads them back
  // unless they were written front to back, and counts the piece as present from now on. Ok and idle if it is present already.
  // Errors  io.
  Result<void> finish_piece(std::uint32_t index);
  // The same for a piece whose bytes may not be what they should: it becomes present only if its
  // CRC32C is one of `acceptable`, or that is empty. A refused piece stays missing and may be written
  // again.
  struct Finished {
    enum class How { now, before, refused };  // present since this call, already, or not at all
    How how = How::refused;
    std::uint32_t crc = 0;  // of the bytes that are present, or were refused
  };
  Result<Finished> finish_piece(std::uint32_t index, std::span<const std::uint32_t> acceptable);
  // The CRC32C of a piece; nothing where it is not present.
  std::optional<std::uint32_t> crc(std::uint32_t index) const;

  // Reads exactly out.size() bytes. The first read of a piece since this object was opened checks the
  // piece's CRC32C.
  // Errors  not_found: some of it is not present; corrupt: a piece failed its check; it is no longer
  //         present (in a complete blob too, which then is not complete() any more); io.
  Result<void> read(std::uint64_t offset, std::span<std::byte> out);

  // The same, if that needs no waiting: for one piece that is present and was checked before, and
  // bytes that are in the page cache. Does not block.
  // Returns  whether it did; if not, `out` may hold anything: call read() on the disk pool.
  bool read_at_hand(std::uint64_t offset, std::span<std::byte> out);

  // Forgets one piece or all of them. Not for complete blobs.
  void drop_piece(std::uint32_t index);
  void drop_all();

  // Takes the digest of the present bytes from the front as far as they go without a gap, at most
  // `bytes_max` of them in this call. Call it while pieces come in, so that little is left to hash at
  // the end. One caller at a time hashes; a second one returns at once.
  // Returns  how many bytes from the front are hashed by now.
  Result<std::uint64_t> advance_hash(std::uint64_t bytes_max);

 private:
  friend class Store;
  class Impl;
  explicit BlobFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::store
