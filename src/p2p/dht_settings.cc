#include "p2p/dht_settings.h"

namespace shoal::p2p {
namespace {

using sp = lt::settings_pack;

// Guards against sybils on the internet. In a cluster all nodes share a few networks, and these would
// keep most of them out of each other's routing tables.
void admit_neighbours(lt::settings_pack& settings) {
  for (const int name : {
           sp::dht_restrict_routing_ips,
           sp::dht_restrict_search_ips,
           sp::dht_enforce_node_id,
           sp::dht_prefer_verified_node_ids,
           sp::dht_ignore_dark_internet,
           sp::dht_privacy_lookups,
       }) {
    settings.set_bool(name, false);
  }
}

}  // namespace

void dht_settings(lt::settings_pack& settings) {
  settings.set_bool(sp::enable_dht, true);
  settings.set_str(sp::dht_bootstrap_nodes, "");
  admit_neighbours(settings);
  settings.set_bool(sp::dht_extended_routing_table, true);
  settings.set_bool(sp::dht_aggressive_lookups, true);
  // All of the k nearest are asked at once: one dead node then costs no other's turn.
  settings.set_int(sp::dht_search_branching, 8);
  // A look-up waits 15 s for a dead node among the nearest, so such a node must leave the table soon.
  // One that was only slow is heard of again by its next message.
  settings.set_int(sp::dht_max_fail_count, 2);
  // Beyond this many bytes a second nothing incoming is answered. The default of 8,000 silences a node
  // when a neighbour announces its blobs.
  settings.set_int(sp::dht_upload_rate_limit, 4 * 1024 * 1024);
  // Messages a second from one address, over ten seconds, before it is not listened to for a minute. A
  // member with 10,000 blobs sends 500 a second, in a cluster of two all of them to one node.
  settings.set_int(sp::dht_block_ratelimit, 2000);
  settings.set_int(sp::dht_block_timeout, 60);
}

}  // namespace shoal::p2p
