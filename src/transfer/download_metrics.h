#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "base/metrics.h"
#include "base/repository.h"

namespace shoal::transfer {

// What is counted of blobs on their way here; docs/metrics.md says what each name means. Labels are
// bounded: a registry that nobody configured is "other".
// Copies count into the same families.   Thread  any.   Lifetime  the registry outlives it.
class DownloadMetrics {
 public:
  // `registries`: the configured names. Their series are there from the first scrape.
  DownloadMetrics(prometheus::Registry& registry, std::vector<std::string> registries);

  // The label of what was seen in these repositories, the first of which is the one asked for.
  std::string label(const std::vector<Repository>& hints) const;

  prometheus::Counter& bytes(const std::string& registry, ByteSource source) const;
  prometheus::Counter& pieces(ByteSource source) const;
  // `outcome`: complete, failed or canceled.
  prometheus::Counter& ended(std::string_view outcome) const;
  // `outcome`: kept, or yielded to a member that had claimed the same pieces.
  prometheus::Counter& claims(std::string_view outcome) const;
  // `source`: of the first piece, upstream or peer.
  prometheus::Histogram& first_piece_seconds(std::string_view source) const;
  // `source`: upstream, peer or mixed; see Provenance.
  prometheus::Histogram& seconds(std::string_view source) const;

 private:
  std::vector<std::string> registries_;
  prometheus::Family<prometheus::Counter>& bytes_;
  prometheus::Family<prometheus::Counter>& pieces_;
  prometheus::Family<prometheus::Counter>& ended_;
  prometheus::Family<prometheus::Counter>& claims_;
  prometheus::Family<prometheus::Histogram>& first_piece_seconds_;
  prometheus::Family<prometheus::Histogram>& seconds_;
};

// Where the pieces of one download came from. Pure.
class Provenance {
 public:
  // Returns  whether it was the first.
  bool piece_came(ByteSource source) {
    const bool first = !from_upstream_ && !from_peer_;
    (source == ByteSource::upstream ? from_upstream_ : from_peer_) = true;
    return first;
  }
  // upstream, peer or mixed; "disk" where nothing had to come.
  std::string_view text() const;

 private:
  bool from_upstream_ = false;
  bool from_peer_ = false;
};

}  // namespace shoal::transfer
