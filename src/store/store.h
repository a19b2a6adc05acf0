#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clocks.h"
#include "base/descriptor.h"
#include "base/metrics.h"
#include "base/repository.h"
#include "base/result.h"
#include "store/blob_file.h"
#include "store/room.h"

namespace shoal::store {

struct StoreOptions {
  std::filesystem::path data_dir;
  // How often piece state of a blob that is arriving goes to the index; what came after the last
  // checkpoint is fetched again after a crash.
  std::uint64_t checkpoint_bytes = 64 * 1024 * 1024;
  // Of every blob, as PieceLayout wants it; 0 = as each blob's size says. A store that was made with
  // another one is refused: what it knows of its blobs is by the piece.
  std::uint32_t piece_bytes = 0;
  RoomOptions room;
  // Between tries of a disk that failed, at the beginning of its trouble.
  std::chrono::milliseconds probe_delay{1000};
};

// What the index knows of some content, whether its bytes are here or not.
struct Known {
  explicit Known(Descriptor descriptor_in) : descriptor(std::move(descriptor_in)) {}
  Descriptor descriptor;
  std::vector<Repository> seen_in;  // most recent first, at most kSeenInMax
};
inline constexpr std::size_t kSeenInMax = 8;

// The last answer to "what does this tag point at".
struct TagRecord {
  TagRecord(Descriptor descriptor_in, SystemTime checked_at_in)
      : descriptor(std::move(descriptor_in)), checked_at(checked_at_in) {}
  Descriptor descriptor;
  SystemTime checked_at;  // when upstream (or a peer that asked it) said so
};

struct StoreStats {
  std::uint64_t blobs = 0;  // complete
  std::uint64_t blob_bytes = 0;
  std::uint64_t partial_blobs = 0;
};

// A blob that takes room here, as a list shows it.
struct Held {
  explicit Held(Digest digest_in) : digest(std::move(digest_in)) {}
  Digest digest;
  std::uint64_t size = 0;
  std::uint64_t occupied = 0;  // of the disk; while it arrives: of what is promised to it
  SystemTime used_at{};
  bool is_complete = false;
  bool is_open = false;  // read, downloaded or seeded
  bool is_pinned = false;
};

// Blobs that a person wants kept, under the name of their image.
struct Pin {
  std::string name;
  std::vector<Digest> digests;  // the manifest's first
};
inline constexpr std::size_t kPinsMax = 10'000;
inline constexpr std::size_t kPinNameBytesMax = 512;

struct TagEntry {
  Repository repository;
  Tag tag;
  TagRecord record;
};

struct Space {
  DiskSpace disk;
  Holdings held;
  std::uint64_t limit = 0;  // what content may take, with the disk as full of other things as it is
};

struct Tidied {
  std::uint64_t freed = 0;
  std::uint64_t lacking = 0;  // what should have gone too, but is in use or pinned
};

// Content on disk: a file per blob, and a leveldb index of what they are. Layout and formats are
// documented in src/store/README.md.
//
// Thread    any. Every call may block on the disk: make them on the disk pool.
// Lifetime  outlives the BlobFiles it gave out.
class Store {
 public:
  // Opens or makes the store in options.data_dir and takes its lock.
  // Errors  invalid_argument: the folder holds a newer or foreign format, or a store with pieces of
  //         another size (nothing is touched);
  //         io: not writable, or another process has it: the message names the folder.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, Metrics& metrics);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // --- what content is ---
  // Remembers a descriptor and where it was seen. An empty media type never replaces a known one.
  Result<void> learn(const Descriptor& descriptor, const Repository& seen_in);
  // The same for many at once, in one write: the children of a manifest.
  Result<void> learn(const std::vector<Descriptor>& descriptors, const Repository& seen_in);
  // Errors  not_found.
  Result<Known> describe(const Digest& digest) const;

  // --- bytes ---
  // A complete blob. Marks it as used now, in memory: see tidy().
  // Errors  not_found, also where its file is gone or has another size: it is forgotten then; io.
  Result<std::shared_ptr<BlobFile>> open_blob(const Digest& digest);
  // A blob that is to arrive: the one that is arriving already, else the one left by an earlier run
  // (its recorded pieces are checked against their CRC32C, those that fail are dropped), else a new
  // one. If the blob is complete, that one. Takes the room that all of it needs, and evicts for it.
  // Errors  invalid_argument: size over kBlobBytesMax, or another size than the one on disk;
  //         too_large: it does not fit, whatever is evicted (nothing was); no_space; io.
  Result<std::shared_ptr<BlobFile>> create_blob(const Descriptor& descriptor);
  // Writes the piece state of an arriving blob to the index, after its data is on the disk. Cheap if
  // less than options.checkpoint_bytes came since the last one, unless `force`.
  Result<void> checkpoint(BlobFile& blob, bool force);
  // Whether checkpoint() would write without force. Does not block.
  bool checkpoint_due(const BlobFile& blob) const;
  // Hashes what is left and, if all of it matches the digest, makes the blob complete: fsync, rename,
  // fsync of the folder, index.
  // Errors  not_found: pieces are missing; corrupt: the digest differs: nothing is stored, and the blob
  //         goes on arriving with the pieces it has: drop those that are bad, or all; no_space; io.
  Result<void> commit(BlobFile& blob);
  // Forgets an arriving blob, bytes and record. Ok if there is nothing.
  Result<void> discard(const Digest& digest);

  // Small content that is at hand whole, such as a manifest. Checks the digest, stores, learns it.
  // Errors  corrupt; too_large: it does not fit; no_space; io.
  Result<void> put(const Descriptor& descriptor, std::string_view content,
                   const Repository& seen_in);
  // The whole of a small complete blob, checked.
  // Errors  not_found; too_large: over `bytes_max`; corrupt; io.
  Result<std::string> read_all(const Digest& digest, std::uint64_t bytes_max);

  // --- tags ---
  Result<void> put_tag(const Repository& repository, const Tag& tag, const TagRecord& record);
  // Errors  not_found.
  Result<TagRecord> tag(const Repository& repository, const Tag& tag) const;

  // --- who may read ---
  // When the registry last let anybody read this repository.   Errors  not_found: not that we know.
  Result<SystemTime> open_since(const Repository& repository) const;
  Result<void> put_open(const Repository& repository, SystemTime checked_at);
  // It does not any more. Ok if it never did.
  Result<void> remove_open(const Repository& repository);

  // --- room ---
  // What is open, arriving or pinned is never evicted; of the rest, what is unused for the longest goes
  // first, also what is left of downloads that ended early.
  // Errors  io.
  Result<Space> space() const;
  // Call it every few seconds: writes down which blobs were used since, all in one write, and evicts what
  // is unused for longer than max_age and, beyond the high watermark, what it takes to get down to the
  // low one. While the disk is in trouble, makes room as far as it can and tries now and then whether it
  // works.   Errors  no_space, io: it does not.
  Result<Tidied> tidy();
  // The first part of it alone, for the end.
  Result<void> write_uses();
  // Takes one blob out, whole or what arrived of it.
  // Errors  not_found; denied: it is pinned; unavailable: it is in use; io.
  Result<void> remove(const Digest& digest);
  // Blobs in the order of their digests, those after `after`, at most `count_max`. Does not block.
  std::vector<Held> list(const std::optional<Digest>& after, std::size_t count_max) const;

  // Evicts at once what is not in use or pinned, down to the low watermark, or all of it.   Errors  io.
  Result<Tidied> collect(bool is_all);
  std::optional<Held> find(const Digest& digest) const;  // does not block

  // --- for people ---
  // The blobs are not evicted until unpin(), whether they are here by now or come later. Pinning again under
  // the same name replaces.
  // Errors  invalid_argument: no name, or over kPinNameBytesMax; too_large: kPinsMax are there; no_space; io.
  Result<void> pin(const std::string& name, const std::vector<Digest>& digests);
  // Errors  not_found; no_space; io.
  Result<void> unpin(const std::string& name);
  std::vector<Pin> pins() const;  // by name; does not block
  // The answers for tags, by name, at most `count_max`.   Errors  io.
  Result<std::vector<TagEntry>> tags(std::size_t count_max) const;
  // Ok if there is none.   Errors  no_space; io.
  Result<void> forget_tag(const Repository& repository, const Tag& tag);
  // As read_all(), but it is no use of the blob, and nothing is done about one that is corrupt.
  Result<std::string> peek(const Digest& digest, std::uint64_t bytes_max) const;

  // --- the disk ---
  // Why nothing is stored at present: the first failure of the disk since it last worked. Until it works
  // again, blobs that are here are served, new ones are refused with this, and so is what would be
  // remembered.   Thread  any, never blocks.
  std::optional<Error> trouble() const;

  // --- who wants to know ---
  // Told of a blob that has become whole here, or is no longer (lost, found corrupt), on the thread
  // where that happens and under the blob's locks: it returns soon and calls nothing of the store.
  using Watcher = std::function<void(const Digest&, bool is_here)>;
  // Once, before any other thread uses the store.
  void set_watcher(Watcher watcher);
  // All that are whole, from memory; whether their files are there shows when they are opened.
  std::vector<Digest> complete_blobs() const;

  // Counts, kept up to date; also in the store_* gauges. Thread: any, never blocks.
  StoreStats stats() const;

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::store
