#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/metrics.h"
#include "store/records.h"
#include "store/room.h"
#include "store/store.h"

namespace shoal::store {

// What every blob on disk takes, when it was last used, who has it open, and which may go first: those
// that are *at rest*, which is neither open nor pinned, stand in a queue with the one unused for the
// longest at its end. So whatever is asked, nothing goes through all blobs but list() and complete().
//
// Also the counts of the store_* gauges.   Thread  any; never blocks on the disk.
class Ledger {
 public:
  struct Blob {
    bool is_complete = false;
    std::uint64_t size = 0;
    std::uint64_t occupied = 0;
    SystemTime used_at{};
  };
  explicit Ledger(Metrics& metrics) : metrics_(metrics) {}

  // At the start, in any order; then settle() once.
  void load(const Digest& digest, const Blob& blob);
  void settle();

  // Nothing is here any more; pins stay.
  void clear();
  // A blob came to be, or became complete, or is no longer. Who has it open has so still.
  void put(const Digest& digest, const Blob& blob);
  void remove(const Digest& digest);
  // Nothing where it is not here.
  void used(const Digest& digest, SystemTime now);

  // One more has the blob open, which is here.
  // Returns  what to close it with: blobs of one digest may follow one another.
  using Opening = std::uint64_t;
  Opening opened(const Digest& digest);
  // `occupied`: what the blob takes if it is not complete. Ok if that blob is no longer.
  void closed(const Digest& digest, Opening opening, std::uint64_t occupied, SystemTime now);

  // A digest may be pinned many times, and without being here.
  void pin(const Digest& digest);
  void unpin(const Digest& digest);

  // Takes a blob out of the queue, for who is about to open it.
  std::optional<Held> take(const Digest& digest);
  // Takes the blob that is unused for the longest out of the queue, if it was last used before `before`.
  // remove() it, or give it back: it counts as used then.
  std::optional<std::pair<Digest, Blob>> take_oldest(SystemTime before);
  void give_back(const Digest& digest, SystemTime now);

  // Those that were used since the last call, for the index.
  std::vector<std::pair<Digest, UseRecord>> take_used();

  std::optional<Held> find(const Digest& digest) const;
  // In the order of their digests, those after `after`, at most `count_max`.
  std::vector<Held> list(const std::optional<Digest>& after, std::size_t count_max) const;
  StoreStats stats() const;
  // All that are complete; goes through all.
  std::vector<Digest> complete() const;
  // `unwritten` is not known here.
  Holdings holdings() const;

 private:
  struct Item;
  using Items = std::map<Digest, Item>;
  using Queue = std::list<Items::iterator>;
  struct Item {
    Blob blob;
    Opening opening = 0;
    std::uint32_t open = 0;
    bool is_pinned = false;
    bool is_noted = false;  // in used_
    std::optional<Queue::iterator> place;
  };
  void count(const Blob& blob, std::int64_t sign);
  void touch(Items::iterator at, SystemTime now);
  // Into the queue or out of it, as the blob is at rest or not.
  void queue(Items::iterator at);
  void unqueue(Items::iterator at);
  static Held held(Items::const_iterator at);

  Metrics& metrics_;
  mutable std::mutex mutex_;
  Items items_;
  Queue at_rest_;  // most recently used first
  std::map<Digest, std::uint32_t> pins_;
  std::vector<Digest> used_;
  Opening next_opening_ = 1;
  StoreStats stats_;
  Holdings holdings_;
};

}  // namespace shoal::store
