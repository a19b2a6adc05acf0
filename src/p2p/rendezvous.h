#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <libtorrent/fwd.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/session_handle.hpp>

#include "base/digest.h"
#include "base/metrics.h"
#include "base/repository.h"
#include "p2p/directory.h"
#include "p2p/swarm.h"

namespace shoal::p2p {

// Where members meet that are no neighbours: the directory in terms of this cluster's blobs and tags.
// Thread  the swarm's, callbacks too.   Lifetime  ends before the session does.
class Rendezvous {
 public:
  using Duration = Directory::Clock::duration;
  // Members that have or want a blob; what others claim, to be proven by connecting to them.
  using Found = std::function<void(const Digest&, const std::vector<lt::tcp::endpoint>&)>;
  using Got = DhtRecords::Got;

  // Made before the session, which needs storage(). Without a secret there are no records: none is
  // put, none looked for, and none of others is kept.
  explicit Rendezvous(const SwarmOptions& options);

  lt::dht::dht_storage_constructor_type storage() const { return dht_storage(tables_); }

  // `port`: where members reach this node.
  void open(const lt::session_handle& session, lt::io_context& io, std::uint16_t port, Found found);
  // No callback comes after. Call it before the session ends.
  void close() { directory_.reset(); }

  // --- while it is open ---
  void bootstrap(const std::set<lt::tcp::endpoint>& nodes) { directory_->bootstrap(nodes); }
  void on_alert(const lt::alert* alert) { directory_->on_alert(alert); }
  // Members that are known to the directory besides this node.
  std::size_t nodes() const { return directory_->nodes(); }
  // Takes the metrics up to date.
  void count(Metrics& metrics);

  // Found is told of who has or wants the blob, until unwant().
  void want(const Digest& digest);
  void unwant(const Digest& digest) { directory_->unwant(key_of(digest)); }
  // Complete here, and stays so.
  void hold(const Digest& digest, bool fresh);
  void drop(const Digest& digest) { directory_->drop(key_of(digest)); }

  bool keeps_records() const { return keeps_records_; }
  // What upstream has just said of a tag; also what the digest is. Does nothing without records.
  void publish(const Repository& repository, const Tag& tag, const Resolution& answer);
  void find(const RecordName& name, Duration time_max, Got got) {
    directory_->get(name, time_max, std::move(got));
  }

 private:
  // A blob's name in the directory: a function of its digest alone, unlike the info-hash, so that
  // a blob at rest costs no torrent. Each cluster has its own.
  lt::sha1_hash key_of(const Digest& digest) const;

  std::string cluster_;
  bool keeps_records_;
  ClusterKey key_;
  std::shared_ptr<DhtTables> tables_;
  Found found_;
  std::optional<Directory> directory_;
  Directory::Stats counted_;
};

}  // namespace shoal::p2p
