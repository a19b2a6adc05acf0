#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include <libtorrent/fwd.hpp>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/sha1_hash.hpp>

#include "base/result.h"
#include "p2p/announce_schedule.h"
#include "p2p/cluster_key.h"
#include "p2p/item_table.h"
#include "p2p/tag_record.h"

namespace shoal::p2p {

// Puts the cluster's records into the DHT, again and again since nodes forget and go, and gets them out.
// Thread  the swarm's; callbacks too, and they may call anything here.
class DhtRecords {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Got = std::function<void(Result<TagRecord>)>;

  static constexpr std::size_t kPublishedMax = 10'000;
  static constexpr std::size_t kGetsMax = 1000;

  // `lifetime`: a record is put again until it is this old; longer than that nobody asked for it.
  DhtRecords(lt::session_handle session, ItemTable& table, const ClusterKey& key,
             const AnnounceSchedule::Options& pace, std::chrono::hours lifetime);
  ~DhtRecords();

  // Puts the record, and keeps it put. An older record than the one this node or the DHT has is left
  // unsaid. What was checked longest ago is given up where there are more than kPublishedMax.
  // Errors  as of sign().
  Result<void> put(const RecordName& name, const TagRecord& record, TimePoint now);
  std::size_t published() const { return published_.size(); }
  std::uint64_t lookups() const { return lookups_made_; }  // since the start

  // The newest record that answers. The first answer is waited upon for kGrace, in case another node has
  // a newer one.
  // Errors  not_found: the DHT knows that it has none; timeout: no answer at the deadline; unavailable:
  //         over kGetsMax at once.
  void get(const RecordName& name, TimePoint deadline, Got got, TimePoint now);

  // Of our key or of any other; others are not ours.
  void on_item(const lt::dht_mutable_item_alert& item, TimePoint now);

  // `connected`: whether there is anybody to put to.
  void tick(TimePoint now, bool connected);
  TimePoint next_at(bool connected) const;

 private:
  static constexpr std::chrono::milliseconds kGrace{100};

  struct Get {
    RecordName name;
    TimePoint deadline;
    Got got;
    std::optional<TagRecord> best;
  };
  using Gets = std::multimap<Salt, Get>;

  static void answer(Get& get, Errc otherwise);
  void consider(Get& get, const SignedRecord& sealed, TimePoint now);
  void send(const std::shared_ptr<const SignedRecord>& record);
  void withdraw(const lt::sha1_hash& target);

  lt::session_handle session_;
  ItemTable& table_;
  ClusterKey key_;
  std::chrono::hours lifetime_;
  AnnounceSchedule schedule_;
  std::map<lt::sha1_hash, std::shared_ptr<const SignedRecord>> published_;
  std::uint64_t lookups_made_ = 0;
  Gets gets_;
  // libtorrent calls back after we are gone, too; then this is.
  std::shared_ptr<DhtRecords*> self_;
};

}  // namespace shoal::p2p
