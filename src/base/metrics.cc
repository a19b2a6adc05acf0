#include "base/metrics.h"

#include "base/version.h"

namespace shoal {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Registry;

prometheus::Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}

Counter& counter(Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}

prometheus::Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}

Gauge& gauge(Registry& registry, const char* name, const char* help) {
  return gauges(registry, name, help).Add({});
}

Counter& redundant(Registry& registry, ByteSource source) {
  return counters(registry, "shoal_redundant_bytes_total",
                  "Bytes that were here already when they came.")
      .Add({{"source", std::string(to_string(source))}});
}

Counter& waits(Registry& registry, const char* direction) {
  return counters(registry, "shoal_swarm_memory_waits_total",
                  "Times that blocks had to wait for memory.")
      .Add({{"direction", direction}});
}

// From a manifest out of memory to a 30 GB layer over a slow line.
const prometheus::Histogram::BucketBoundaries kSeconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

}  // namespace

std::string_view to_string(ByteSource source) {
  switch (source) {
    case ByteSource::upstream:
      return "upstream";
    case ByteSource::peer:
      return "peer";
    case ByteSource::disk:
      return "disk";
  }
  return "disk";
}

Metrics::Metrics() : Metrics(std::make_shared<Registry>()) {}

Metrics::Metrics(std::shared_ptr<Registry> r)
    : http_sent_bytes(
          counter(*r, "shoal_http_sent_bytes_total", "Body bytes sent to mirror clients.")),
      http_connections(gauge(*r, "shoal_http_connections", "Open mirror connections.")),
      peers(gauge(*r, "shoal_peers", "Members connected on the control channel.")),
      swarms(gauge(*r, "shoal_swarms", "Blobs that have a torrent in the session.")),
      directory_nodes(
          gauge(*r, "shoal_directory_nodes", "Members that this node's directory knows.")),
      directory_blobs(gauge(*r, "shoal_directory_blobs",
                            "Blobs of this node that are announced in the directory.")),
      directory_entries(
          gauge(*r, "shoal_directory_entries", "Announcements of members that this node keeps.")),
      directory_records(
          gauge(*r, "shoal_directory_records", "Records of the cluster that this node keeps.")),
      directory_announces(counter(*r, "shoal_directory_announces_total",
                                  "Announcements of blobs at rest in the directory.")),
      directory_lookups(counter(*r, "shoal_directory_lookups_total",
                                "Look-ups of blobs and records in the directory.")),
      swarm_corrupt_blobs(counter(*r, "shoal_corrupt_downloads_total",
                                  "Downloads whose whole did not match their digest.")),
      bad_pieces(
          counter(*r, "shoal_bad_pieces_total", "Pieces from peers that were refused or dropped.")),
      upstream_refused_addresses(
          counter(*r, "shoal_upstream_refused_addresses_total",
                  "Connections not made since their address is not for whoever led there.")),
      redundant_upstream_bytes(redundant(*r, ByteSource::upstream)),
      redundant_peer_bytes(redundant(*r, ByteSource::peer)),
      send_waits(waits(*r, "send")),
      receive_waits(waits(*r, "receive")),
      tls_handshake_failures(counter(*r, "shoal_tls_handshake_failures_total",
                                     "Connections between nodes whose TLS handshake failed.")),
      tls_certificate_expiry(gauge(*r, "shoal_tls_certificate_expiry_timestamp_seconds",
                                   "When this node's certificate, or one that vouches for it, "
                                   "ends; 0 without TLS.")),
      transfers(gauge(*r, "shoal_transfers", "Downloads in progress.")),
      store_blobs(gauge(*r, "shoal_store_blobs", "Complete blobs in the store.")),
      store_bytes(gauge(*r, "shoal_store_bytes", "Bytes of complete blobs in the store.")),
      store_partial_blobs(gauge(*r, "shoal_store_partial_blobs", "Blobs that are not whole yet.")),
      store_occupied_bytes(gauge(*r, "shoal_store_occupied_bytes",
                                 "Bytes of the disk that content takes or is promised.")),
      store_limit_bytes(gauge(*r, "shoal_store_limit_bytes",
                              "Bytes of the disk that content may take, as of the last look.")),
      evicted_bytes(counter(*r, "shoal_evicted_bytes_total", "Bytes of the disk given back.")),
      store_trouble(
          gauge(*r, "shoal_store_trouble", "1 while the disk fails and nothing is stored.")),
      store_corrupt_pieces(counter(*r, "shoal_store_corrupt_pieces_total",
                                   "Pieces that failed their checksum when read.")),
      store_errors(counter(*r, "shoal_store_errors_total", "Disk operations that failed.")),
      registry_(std::move(r)),
      received_bytes_(counters(*registry_, "shoal_received_bytes_total",
                               "Content bytes by where they came from.")),
      upstream_bytes_(counters(*registry_, "shoal_upstream_bytes_total",
                               "Body bytes received from upstream registries.")),
      upstream_requests_(counters(*registry_, "shoal_upstream_requests_total",
                                  "Requests to upstream registries by status.")),
      upstream_retries_(counters(*registry_, "shoal_upstream_retries_total",
                                 "Requests to upstream registries that were repeated.")),
      upstream_failovers_(counters(*registry_, "shoal_upstream_failovers_total",
                                   "Requests that went on to another URL of a registry.")),
      access_decisions_(counters(*registry_, "shoal_access_decisions_total",
                                 "What was decided about a request's right to read.")),
      upstream_held_requests_(counters(*registry_, "shoal_upstream_held_requests_total",
                                       "Requests not made since a registry's Retry-After holds.")),
      upstream_ratelimit_(gauges(*registry_, "shoal_upstream_ratelimit_limit",
                                 "A registry's limit on requests, as it said last.")),
      upstream_ratelimit_remaining_(gauges(*registry_, "shoal_upstream_ratelimit_remaining",
                                           "What is left of it, as it said last.")),
      peer_received_bytes_(by_zone(*registry_, "shoal_peer_received_bytes_total",
                                   "Payload bytes received from peers by their zone.")),
      peer_sent_bytes_(by_zone(*registry_, "shoal_peer_sent_bytes_total",
                               "Payload bytes sent to peers by their zone.")),
      discovery_endpoints_(BuildGauge()
                               .Name("shoal_discovery_endpoints")
                               .Help("Addresses of nodes that a source of discovery knows.")
                               .Register(*registry_)),
      discovery_errors_(counters(*registry_, "shoal_discovery_errors_total",
                                 "Look-ups and reads of discovery that failed.")),
      peers_banned_(counters(*registry_, "shoal_peers_banned_total",
                             "Peers that were caught lying, by what they did.")),
      evicted_blobs_(counters(*registry_, "shoal_evicted_blobs_total",
                              "Blobs that were taken out of the store, by why.")),
      passages_(counters(*registry_, "shoal_passages_total",
                         "Readers that got a blob without its being stored, by why.")),
      http_requests_(
          counters(*registry_, "shoal_http_requests_total", "Requests served by status.")),
      http_duration_(BuildHistogram()
                         .Name("shoal_http_request_duration_seconds")
                         .Help("Time from a request's header to its response's last byte.")
                         .Register(*registry_)),
      http_first_byte_(BuildHistogram()
                           .Name("shoal_http_first_byte_seconds")
                           .Help("Time from a request's header to its response's header.")
                           .Register(*registry_)) {
  BuildGauge()
      .Name("shoal_build_info")
      .Help("Always 1; the label says which version runs.")
      .Register(*registry_)
      .Add({{"version", kVersion}})
      .Set(1);
  // All sources are there from the first scrape, so that rates begin at zero and not at nothing.
  for (const auto source : {ByteSource::upstream, ByteSource::peer, ByteSource::disk}) {
    received_bytes(source);
  }
  for (const char* reason : {"false_word", "bad_bytes", "bad_relay"}) peers_banned(reason);
  for (const char* reason : {"room", "disk"}) passages(reason);
  for (const char* reason : {"room", "age", "asked"}) evicted_blobs(reason);
}

Metrics::ByZone Metrics::by_zone(Registry& registry, const char* name, const char* help) {
  auto& family = counters(registry, name, help);
  ByZone out{};
  for (const auto zone : {ZoneRelation::same, ZoneRelation::other, ZoneRelation::unknown}) {
    out[index(zone)] = &family.Add({{"zone", std::string(to_string(zone))}});
  }
  return out;
}

Counter& Metrics::evicted_blobs(std::string_view reason) {
  return evicted_blobs_.Add({{"reason", std::string(reason)}});
}

Counter& Metrics::passages(std::string_view reason) {
  return passages_.Add({{"reason", std::string(reason)}});
}

Counter& Metrics::received_bytes(ByteSource source) {
  return received_bytes_.Add({{"source", std::string(to_string(source))}});
}

Counter& Metrics::upstream_bytes(const std::string& registry) {
  return upstream_bytes_.Add({{"registry", registry}});
}

Counter& Metrics::upstream_requests(const std::string& registry, const std::string& code) {
  return upstream_requests_.Add({{"registry", registry}, {"code", code}});
}

Counter& Metrics::upstream_retries(const std::string& registry) {
  return upstream_retries_.Add({{"registry", registry}});
}

Counter& Metrics::upstream_failovers(const std::string& registry) {
  return upstream_failovers_.Add({{"registry", registry}});
}

Counter& Metrics::access_decisions(const std::string& decision) {
  return access_decisions_.Add({{"decision", decision}});
}

Counter& Metrics::upstream_held_requests(const std::string& registry) {
  return upstream_held_requests_.Add({{"registry", registry}});
}

Gauge& Metrics::upstream_ratelimit(const std::string& registry) {
  return upstream_ratelimit_.Add({{"registry", registry}});
}

Gauge& Metrics::upstream_ratelimit_remaining(const std::string& registry) {
  return upstream_ratelimit_remaining_.Add({{"registry", registry}});
}

Gauge& Metrics::discovery_endpoints(const std::string& source) {
  return discovery_endpoints_.Add({{"source", source}});
}

Counter& Metrics::discovery_errors(const std::string& source) {
  return discovery_errors_.Add({{"source", source}});
}

Counter& Metrics::peers_banned(std::string_view reason) {
  return peers_banned_.Add({{"reason", std::string(reason)}});
}

Counter& Metrics::http_requests(const std::string& port, const std::string& kind, int code) {
  return http_requests_.Add({{"port", port}, {"kind", kind}, {"code", std::to_string(code)}});
}

prometheus::Histogram& Metrics::http_duration(const std::string& port, const std::string& kind) {
  return http_duration_.Add({{"port", port}, {"kind", kind}}, kSeconds);
}

prometheus::Histogram& Metrics::http_first_byte(const std::string& kind) {
  return http_first_byte_.Add({{"kind", kind}}, kSeconds);
}

}  // namespace shoal
