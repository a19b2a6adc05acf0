#include "transfer/download_metrics.h"

#include <algorithm>
#include <utility>

namespace shoal::transfer {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Registry;

constexpr const char* kOther = "other";

// From a small layer of a neighbour to 30 GB over a slow line.
const Histogram::BucketBoundaries kSeconds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                           5,    10,    30,   60,  120,  300, 600, 1800};

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

DownloadMetrics::DownloadMetrics(Registry& registry, std::vector<std::string> registries)
    : registries_(std::move(registries)),
      bytes_(counters(registry, "shoal_blob_bytes_total",
                      "Blob bytes by the registry they belong to and where they came from.")),
      pieces_(counters(registry, "shoal_pieces_total", "Pieces that arrived, by their source.")),
      ended_(counters(registry, "shoal_downloads_total", "Downloads that ended, by how.")),
      claims_(counters(registry, "shoal_fetch_claims_total",
                       "Claims on pieces to fetch from upstream, kept or yielded.")),
      first_piece_seconds_(histograms(registry, "shoal_download_first_piece_seconds",
                                      "Time from a download's start to its first piece.")),
      seconds_(histograms(registry, "shoal_download_seconds",
                          "Time from a download's start until its digest matched.")) {
  // All that can be there is there from the first scrape, so that rates begin at zero.
  std::vector<std::string> labels = registries_;
  labels.emplace_back(kOther);
  for (const auto source : {ByteSource::upstream, ByteSource::peer, ByteSource::disk}) {
    for (const std::string& name : labels) bytes(name, source);
  }
  for (const auto source : {ByteSource::upstream, ByteSource::peer}) {
    pieces(source);
    first_piece_seconds(to_string(source));
  }
  for (const char* outcome : {"complete", "failed", "canceled"}) ended(outcome);
  for (const char* outcome : {"kept", "yielded"}) claims(outcome);
  for (const char* source : {"upstream", "peer", "mixed"}) seconds(source);
}

std::string DownloadMetrics::label(const std::vector<Repository>& hints) const {
  if (hints.empty()) return kOther;
  const std::string& name = hints.front().registry.text();
  const bool known = std::find(registries_.begin(), registries_.end(), name) != registries_.end();
  return known ? name : kOther;
}

Counter& DownloadMetrics::bytes(const std::string& registry, ByteSource source) const {
  return bytes_.Add({{"registry", registry}, {"source", std::string(to_string(source))}});
}

Counter& DownloadMetrics::pieces(ByteSource source) const {
  return pieces_.Add({{"source", std::string(to_string(source))}});
}

Counter& DownloadMetrics::ended(std::string_view outcome) const {
  return ended_.Add({{"outcome", std::string(outcome)}});
}

Counter& DownloadMetrics::claims(std::string_view outcome) const {
  return claims_.Add({{"outcome", std::string(outcome)}});
}

Histogram& DownloadMetrics::first_piece_seconds(std::string_view source) const {
  return first_piece_seconds_.Add({{"source", std::string(source)}}, kSeconds);
}

Histogram& DownloadMetrics::seconds(std::string_view source) const {
  return seconds_.Add({{"source", std::string(source)}}, kSeconds);
}

std::string_view Provenance::text() const {
  if (from_upstream_ && from_peer_) return "mixed";
  if (from_upstream_) return "upstream";
  return from_peer_ ? "peer" : "disk";
}

}  // namespace shoal::transfer
