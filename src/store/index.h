#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "store/records.h"

namespace leveldb {
class WriteBatch;
}

namespace shoal::store {

// Whether a write must be on the disk before the call returns, or may be lost when the machine (not
// the process) dies.
enum class Durability { lazy, synced };

// The leveldb index behind typed calls. Keys are text:
//
//   k/<digest>                          known      what the content is, where it was seen
//   b/<digest>                          complete   the pieces of a blob that is here, whole
//   p/<digest>                          partial    the pieces of a blob that is arriving
//   u/<digest>                          used       what a blob that is here takes, and when it was last used
//   t/<registry>/<repository>:<tag>     tag        what the tag pointed at (a tag holds no colon)
//   o/<registry>/<repository>           open       since when the registry is known to let anybody read it
//   i/<name>                            pin        the blobs that a person wants kept, under any name
//
// A digest has b/ and u/, or p/, or neither: the calls that make one remove the other in the same batch.
// A value that does not decode counts as absent, with a line in the log and one in store_errors.
//
// Thread  any.   Errors  of all calls: no_space; io; the look-ups also not_found.
class Index {
 public:
  // Opens or makes the index in `folder`. `piece_bytes`: StoreOptions::piece_bytes.
  // Errors  io: not readable, or damaged; the message names the folder.
  static Result<std::unique_ptr<Index>> open(const std::filesystem::path& folder,
                                             std::uint32_t piece_bytes, Metrics& metrics);
  ~Index();

  // Closes the database and opens what is in the folder now. Where that fails, all calls do until it
  // succeeds.
  Result<void> reopen();
  // The same, if a write has failed since the last time: leveldb takes no more writes then, or tears them,
  // so all are refused until this.
  Result<void> repair();

  Result<Known> known(const Digest& digest) const;
  Result<void> put_known(const std::vector<Known>& known);

  Result<PieceRecord> complete(const Digest& digest) const;
  Result<PieceRecord> partial(const Digest& digest) const;
  // Also replaces what is known of the blob: its size is proven now.
  Result<void> put_complete(const Known& known, const PieceRecord& record, const UseRecord& use);
  Result<void> put_partial(const Digest& digest, const PieceRecord& record, Durability durability);
  Result<void> remove_blob(const Digest& digest);  // b/, p/ and u/

  // Many at once, in one lazy write. Those of blobs that are not complete any more must not be among them.
  Result<void> put_used(const std::vector<std::pair<Digest, UseRecord>>& uses);

  Result<TagRecord> tag(const Repository& repository, const Tag& tag) const;
  Result<void> put_tag(const Repository& repository, const Tag& tag, const TagRecord& record);

  Result<void> remove_tag(const Repository& repository, const Tag& tag);

  Result<SystemTime> open_since(const Repository& repository) const;
  Result<void> put_open(const Repository& repository, SystemTime checked_at);
  Result<void> remove_open(const Repository& repository);

  Result<void> put_pin(const std::string& name, const std::vector<Digest>& digests);
  Result<void> remove_pin(const std::string& name);

  // Go through all there are, in the order of their names, until `see` says no.
  Result<void> each_tag(
      const std::function<bool(const Repository&, const Tag&, const TagRecord&)>& see) const;
  Result<void> each_pin(
      const std::function<bool(const std::string&, const std::vector<Digest>&)>& see) const;

  // Goes through all complete blobs, by their small u/ records alone, and through all that are arriving.
  // Removes records that do not decode.
  Result<void> each_complete(const std::function<void(const Digest&, const UseRecord&)>& see);
  Result<void> each_partial(const std::function<void(const Digest&, const PieceRecord&)>& see);

 private:
  class Database;
  Index(std::unique_ptr<Database> database, std::uint32_t piece_bytes, Metrics& metrics);
  // Goes through the records below `prefix`; one that `see` says no to is removed.
  Result<void> sift(std::string_view prefix,
                    const std::function<bool(const Digest&, std::string_view)>& see);
  void remove_broken(std::string_view key, leveldb::WriteBatch& batch) const;
  Result<void> write_if_any(leveldb::WriteBatch& batch);
  template <class Decode>
  auto look_up(const std::string& key, Decode decode) const -> decltype(decode(std::string_view()));

  std::unique_ptr<Database> database_;
  std::uint32_t piece_bytes_;
  Metrics& metrics_;
};

}  // namespace shoal::store
