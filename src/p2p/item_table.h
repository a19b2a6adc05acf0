#pragma once

#include <chrono>
#include <cstddef>

#include <libtorrent/kademlia/types.hpp>
#include <libtorrent/sha1_hash.hpp>

#include "base/recency_map.h"
#include "p2p/tag_record.h"

namespace shoal::p2p {

// The cluster's records that this node keeps for the DHT. libtorrent has checked their signatures; we
// take only those of the cluster's key, so a stranger's do not get in at all.
// Thread  the swarm's.
class ItemTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Limits {
    std::size_t items = 20'000;
    std::size_t bytes = 8 * 1024 * 1024;  // of values
    std::chrono::minutes lifetime{120};   // since it was last put
    // A member whose clock is wrong must not make its answer the newest for years.
    std::chrono::minutes ahead_max{10};
  };

  explicit ItemTable(const lt::dht::public_key& cluster);  // with the limits above
  ItemTable(const lt::dht::public_key& cluster, const Limits& limits);

  const lt::dht::public_key& cluster() const { return cluster_; }

  // Whether the record is kept or already was. Refused: another key, a value over kRecordBytesMax, a time
  // in the future, older than what is here. Where a limit is reached what was put longest ago goes.
  bool put(const lt::dht::public_key& key, const SignedRecord& record, TimePoint now);
  // nullptr where there is none. Good until the next call.
  const SignedRecord* find(const lt::sha1_hash& target) const;
  void expire(TimePoint now);

  std::size_t size() const { return items_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Item {
    SignedRecord record;
    TimePoint heard;
  };

  void drop_oldest();

  lt::dht::public_key cluster_;
  Limits limits_;
  RecencyMap<lt::sha1_hash, Item> items_;  // to put is to use
  std::size_t bytes_ = 0;
};

}  // namespace shoal::p2p
