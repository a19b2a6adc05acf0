// Room on the disk: who may come in, and who goes.

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <spdlog/common.h>

#include "base/bytes.h"
#include "base/log.h"
#include "store/store_impl.h"

namespace shoal::store {
namespace {

// What a full disk needs to be of use again: the probe, and some growth of the index.
constexpr std::uint64_t kSpareBytes = 4 * kMiB;
constexpr std::uint64_t kOneBlob = 1;  // bytes, which takes one whole blob

SystemTime now() {
  return std::chrono::system_clock::now();
}

}  // namespace

Result<Space> Store::Impl::space() const {
  const auto disk = disk_space(data_dir_.folder());
  if (!disk) return fail(disk.error());
  Space space;
  space.disk = *disk;
  space.held = ledger_.holdings();
  space.held.unwritten = unwritten_.load();
  space.limit = room_limit(options_.room, space.disk, space.held);
  metrics_.store_limit_bytes.Set(static_cast<double>(space.limit));
  return space;
}

// One at a time: two would count the same room. Who waits here needs room too.
Result<MissingBytes> Store::Impl::take_room(const Digest& digest, std::uint64_t size) {
  const std::scoped_lock admitting(admitting_);
  // What is left of it since an earlier run is what the room is for, and must not go to make it.
  const auto before = ledger_.take(digest);
  const std::uint64_t occupied = occupied_by(size);
  auto made = make_room(occupied - std::min(occupied, before ? before->occupied : 0));
  if (!made) {
    ledger_.give_back(digest, now());
    if (made.error().code != Errc::too_large) return fail(std::move(made.error()));
    return fail(Errc::too_large, "blob " + digest.text() + " of " + format_byte_count(size) +
                                     " does not fit into the room that store.quota and "
                                     "store.min_free leave");
  }
  MissingBytes missing(unwritten_, size);
  ledger_.put(digest, Ledger::Blob{false, size, occupied, now()});
  return missing;
}

Result<void> Store::Impl::make_room(std::uint64_t bytes) {
  while (true) {
    const auto room = space();
    if (!room) return fail(room.error());
    const Admission admission = admit(room->limit, room->held, bytes);
    if (admission.is_possible && admission.to_evict == 0) return {};
    if (!admission.is_possible || evict(admission.to_evict, SystemTime::max(), "room") == 0) {
      return fail(Errc::too_large, "there is no room for so much");
    }
  }
}

std::uint64_t Store::Impl::evict(std::uint64_t bytes, SystemTime unused_since, const char* reason) {
  std::uint64_t freed = 0;
  std::vector<Digest> kept;  // out of the queue until the end, or we would meet them again
  while (freed < bytes) {
    const auto oldest = ledger_.take_oldest(unused_since);
    if (!oldest) break;
    const auto& [digest, blob] = *oldest;
    const auto gone = remove_at_rest(digest, reason);
    if (gone && *gone) {
      freed += std::max<std::uint64_t>(blob.occupied, 1);
      continue;
    }
    kept.push_back(digest);
    if (!gone) break;
  }
  for (const Digest& digest : kept) ledger_.give_back(digest, now());
  return freed;
}

// First the file, then the record: on a full disk only that way makes room for the other, and what a crash
// in between leaves is a record without a file, which the next look at it takes away.
Result<bool> Store::Impl::remove_at_rest(const Digest& digest, const char* reason) {
  const auto slot = live_.slot(digest);
  // Whoever holds it is about to open the blob, and may wait for us.
  const std::unique_lock turn(slot->turn, std::try_to_lock);
  if (!turn || !slot->blob.expired()) return false;
  const auto held = ledger_.find(digest);
  // It may have been pinned since it was chosen.
  if (!held || held->is_pinned) return false;
  const auto in_place = data_dir_.blob(digest);
  auto done = remove_file(in_place);
  if (done && held->is_complete) {
    done = sync_folder(in_place.parent_path());
    if (!done && done.error().code == Errc::not_found) done = {};  // the file was not there either
  } else if (done) {
    done = remove_file(data_dir_.partial(digest));
  }
  if (!noted(done)) return fail(done.error());
  if (held->is_complete) tell(digest, false);
  // The room is there also where the index cannot say so.
  std::ignore = noted(forget(digest));
  metrics_.evicted_blobs(reason).Increment();
  metrics_.evicted_bytes.Increment(static_cast<double>(held->occupied));
  LogLine(spdlog::level::debug, "blob evicted")
      .field("digest", digest.text())
      .field("reason", reason)
      .write();
  return true;
}

Result<void> Store::Impl::forget(const Digest& digest) {
  const std::scoped_lock writing(writing_uses_);
  ledger_.remove(digest);
  return index_->remove_blob(digest);
}

Result<void> Store::Impl::remove(const Digest& digest) {
  const auto held = ledger_.find(digest);
  if (!held) return fail(Errc::not_found, "blob " + digest.text() + " is not in the store");
  if (held->is_pinned) return fail(Errc::denied, "blob " + digest.text() + " is pinned");
  const auto gone = remove_at_rest(digest, "asked");
  if (!gone) return fail(gone.error());
  if (!*gone) return fail(Errc::unavailable, "blob " + digest.text() + " is in use");
  return {};
}

Result<void> Store::Impl::write_uses() {
  const std::scoped_lock writing(writing_uses_);
  return index_->put_used(ledger_.take_used());
}

Result<Tidied> Store::Impl::tidy() {
  const auto there = check_folder();
  if (!there) health_.failed(there.error());
  const auto refusal = health_.refusal();
  if (refusal && !health_.probe_due(std::chrono::steady_clock::now())) return fail(*refusal);
  if (!refusal) {
    if (auto done = write_uses(); !done) return fail(done.error());
  }
  const bool is_full = refusal && refusal->code == Errc::no_space;
  auto tidied = there ? tidy_up(is_full ? kSpareBytes : 0) : Tidied();
  if (!refusal) return tidied;
  if (auto done = recover(); !done) return fail(done.error());
  return tidied;
}

Result<Tidied> Store::Impl::tidy_up(std::uint64_t spare) {
  Tidied tidied;
  if (options_.room.max_age.count() > 0) {
    tidied.freed = evict(kBlobBytesMax, now() - options_.room.max_age, "age");
  }
  const auto room = space();
  if (!room) return fail(room.error());
  std::uint64_t beyond = beyond_watermark(options_.room, room->limit, room->held);
  // At least one goes: what is full may also be what cannot be seen, such as the number of files.
  if (spare > 0) beyond = std::max({beyond, spare - std::min(spare, room->disk.free), kOneBlob});
  const std::uint64_t freed = beyond > 0 ? evict(beyond, SystemTime::max(), "room") : 0;
  tidied.freed += freed;
  tidied.lacking = beyond - std::min(beyond, freed);
  return tidied;
}

Result<Tidied> Store::Impl::collect(bool is_all) {
  const auto room = space();
  if (!room) return fail(room.error());
  RoomOptions options = options_.room;
  options.high_watermark = options.low_watermark = is_all ? 0 : options_.room.low_watermark;
  const std::uint64_t beyond = beyond_watermark(options, room->limit, room->held);
  Tidied tidied;
  tidied.freed = evict(beyond, SystemTime::max(), "asked");
  tidied.lacking = beyond - std::min(beyond, tidied.freed);
  return tidied;
}

}  // namespace shoal::store
