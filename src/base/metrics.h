#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "base/zone.h"

namespace shoal {

// Where a byte that a client or the store received came from.
enum class ByteSource { upstream, peer, disk };
std::string_view to_string(ByteSource source);

// What all modules count, by Prometheus's conventions; transfer/download_metrics.h has the rest. Label
// values are bounded (registries are configured ones plus "other"; nothing from a request becomes a
// label). Thread  any: prometheus-cpp's counters are atomic.   Lifetime  outlives all who count.
class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // shoal_received_bytes_total{source}: blob and manifest bytes taken in from upstream and peers;
  // with source "disk": bytes sent to clients from content that was whole when they asked.
  prometheus::Counter& received_bytes(ByteSource source);
  // shoal_upstream_bytes_total{registry}: body bytes a registry sent us.
  prometheus::Counter& upstream_bytes(const std::string& registry);
  // shoal_upstream_requests_total{registry,code}: `code` is the HTTP status, or "error" where none
  // came back.
  prometheus::Counter& upstream_requests(const std::string& registry, const std::string& code);
  prometheus::Counter& upstream_retries(const std::string& registry);
  // shoal_upstream_failovers_total{registry}: requests that went on to another of its URLs.
  prometheus::Counter& upstream_failovers(const std::string& registry);
  // shoal_access_decisions_total{decision}: what was decided about a request's right to read; `decision`:
  // open, client, cluster, grace, refused, absent, unknown.
  prometheus::Counter& access_decisions(const std::string& decision);
  // shoal_upstream_held_requests_total{registry}: requests not made, since its Retry-After holds.
  prometheus::Counter& upstream_held_requests(const std::string& registry);
  // shoal_upstream_ratelimit_limit{registry}, shoal_upstream_ratelimit_remaining{registry}: what its
  // ratelimit-... headers said last. There only once it has said something.
  prometheus::Gauge& upstream_ratelimit(const std::string& registry);
  prometheus::Gauge& upstream_ratelimit_remaining(const std::string& registry);
  // shoal_peer_received_bytes_total{zone}, shoal_peer_sent_bytes_total{zone}: payload bytes from and
  // to peers by where they are: same, other or unknown.
  prometheus::Counter& peer_received_bytes(ZoneRelation zone) {
    return *peer_received_bytes_[index(zone)];
  }
  prometheus::Counter& peer_sent_bytes(ZoneRelation zone) { return *peer_sent_bytes_[index(zone)]; }
  // shoal_discovery_endpoints{source}: what a source knows now; shoal_discovery_errors_total{source}:
  // look-ups and reads that failed. `source` is static, dns or file.
  prometheus::Gauge& discovery_endpoints(const std::string& source);
  prometheus::Counter& discovery_errors(const std::string& source);
  // shoal_peers_banned_total{reason}: false_word, bad_bytes or bad_relay; see p2p/evidence.h.
  prometheus::Counter& peers_banned(std::string_view reason);
  // shoal_evicted_blobs_total{reason}: room, age, or asked (by a person).
  prometheus::Counter& evicted_blobs(std::string_view reason);
  // shoal_passages_total{reason}: readers that were handed a blob through without its being stored:
  // it does not fit into the room there is, or the disk fails.
  prometheus::Counter& passages(std::string_view reason);
  // shoal_http_requests_total{port,kind,code}: port mirror or admin; kind base, manifest, blob,
  // list, other.
  prometheus::Counter& http_requests(const std::string& port, const std::string& kind, int code);
  // shoal_http_request_duration_seconds{port,kind}: from the request's last header byte to the
  // response's last byte.
  prometheus::Histogram& http_duration(const std::string& port, const std::string& kind);
  // shoal_http_first_byte_seconds{kind}: until the response's header was sent.
  prometheus::Histogram& http_first_byte(const std::string& kind);

  prometheus::Counter& http_sent_bytes;      // body bytes to mirror clients
  prometheus::Gauge& http_connections;       // open mirror connections
  prometheus::Gauge& peers;                  // members connected on the control channel
  prometheus::Gauge& swarms;                 // blobs that have a torrent in the session
  prometheus::Gauge& directory_nodes;        // members that this node's directory knows
  prometheus::Gauge& directory_blobs;        // blobs of this node that are announced in it
  prometheus::Gauge& directory_entries;      // announcements of anybody that this node keeps for it
  prometheus::Gauge& directory_records;      // records, of anybody, that this node keeps for it
  prometheus::Counter& directory_announces;  // of blobs at rest; one of a wanted blob is a look-up
  prometheus::Counter& directory_lookups;    // of blobs and records
  prometheus::Counter& swarm_corrupt_blobs;  // downloads whose whole did not match their digest
  prometheus::Counter& bad_pieces;           // pieces from peers that were refused or dropped
  // Connections to registries, or to where they lead, that were not made: see upstream/address.h.
  prometheus::Counter& upstream_refused_addresses;
  // shoal_redundant_bytes_total{source}: bytes that were here already when they came, from upstream or
  // a peer: what asking twice near the end, or a claim heard too late, costs.
  prometheus::Counter& redundant_upstream_bytes;
  prometheus::Counter& redundant_peer_bytes;
  // shoal_swarm_memory_waits_total{direction}: blocks that had to wait for memory before they were
  // read to be sent, and that came when more waited to be written than swarm.memory allows.
  prometheus::Counter& send_waits;
  prometheus::Counter& receive_waits;
  prometheus::Counter& tls_handshake_failures;  // connections of or to nodes that are no members
  prometheus::Gauge& tls_certificate_expiry;    // seconds since 1970; 0 without TLS
  prometheus::Gauge& transfers;                 // downloads in progress
  prometheus::Gauge& store_blobs;               // complete blobs
  prometheus::Gauge& store_bytes;               // their bytes
  prometheus::Gauge& store_partial_blobs;
  prometheus::Gauge& store_occupied_bytes;  // of the disk, what is promised to downloads included
  prometheus::Gauge& store_limit_bytes;     // what content may take
  prometheus::Counter& evicted_bytes;
  prometheus::Gauge& store_trouble;           // 1 while the disk fails and nothing is stored
  prometheus::Counter& store_corrupt_pieces;  // pieces that failed their CRC32C when read
  prometheus::Counter& store_errors;          // failed disk operations

  prometheus::Registry& registry() { return *registry_; }

 private:
  // One for each ZoneRelation: they are counted for each block, too often to be looked up by label.
  using ByZone = std::array<prometheus::Counter*, kZoneRelations>;
  static std::size_t index(ZoneRelation zone) { return static_cast<std::size_t>(zone); }
  static ByZone by_zone(prometheus::Registry& registry, const char* name, const char* help);

  explicit Metrics(std::shared_ptr<prometheus::Registry> registry);
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& received_bytes_;
  prometheus::Family<prometheus::Counter>& upstream_bytes_;
  prometheus::Family<prometheus::Counter>& upstream_requests_;
  prometheus::Family<prometheus::Counter>& upstream_retries_;
  prometheus::Family<prometheus::Counter>& upstream_failovers_;
  prometheus::Family<prometheus::Counter>& access_decisions_;
  prometheus::Family<prometheus::Counter>& upstream_held_requests_;
  prometheus::Family<prometheus::Gauge>& upstream_ratelimit_;
  prometheus::Family<prometheus::Gauge>& upstream_ratelimit_remaining_;
  ByZone peer_received_bytes_;
  ByZone peer_sent_bytes_;
  prometheus::Family<prometheus::Gauge>& discovery_endpoints_;
  prometheus::Family<prometheus::Counter>& discovery_errors_;
  prometheus::Family<prometheus::Counter>& peers_banned_;
  prometheus::Family<prometheus::Counter>& evicted_blobs_;
  prometheus::Family<prometheus::Counter>& passages_;
  prometheus::Family<prometheus::Counter>& http_requests_;
  prometheus::Family<prometheus::Histogram>& http_duration_;
  prometheus::Family<prometheus::Histogram>& http_first_byte_;
};

}  // namespace shoal
