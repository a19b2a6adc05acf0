#pragma once

#include <memory>

#include <libtorrent/kademlia/dht_storage.hpp>

#include "p2p/item_table.h"
#include "p2p/peer_table.h"

namespace shoal::p2p {

// What this node keeps for the DHT. Outlives libtorrent's DHT node, which comes and goes with its
// settings; shared with Directory, which looks here before it asks others.
struct DhtTables {
  explicit DhtTables(const lt::dht::public_key& cluster) : items(cluster) {}
  DhtTables(const PeerTable::Limits& peers_in, const lt::dht::public_key& cluster,
            const ItemTable::Limits& items_in)
      : peers(peers_in), items(cluster, items_in) {}

  PeerTable peers;
  ItemTable items;
};

// For session_params::dht_storage_constructor: libtorrent's view of the tables. Immutable items are
// never kept, nor mutable ones of another key than the cluster's; no one is told what we keep unless it
// asks by name.
lt::dht::dht_storage_constructor_type dht_storage(std::shared_ptr<DhtTables> tables);

}  // namespace shoal::p2p
