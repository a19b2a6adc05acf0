#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>

#include <boost/asio/steady_timer.hpp>
#include <libtorrent/fwd.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/session_handle.hpp>

#include "p2p/cluster_key.h"
#include "p2p/dht_bootstrap.h"
#include "p2p/dht_lookups.h"
#include "p2p/dht_records.h"
#include "p2p/dht_storage.h"

namespace shoal::p2p {

struct DirectoryOptions {
  DirectoryOptions(std::uint16_t port_in, const ClusterKey& key_in) : port(port_in), key(key_in) {}

  // Where peers reach this node: the TLS port where torrents are TLS. libtorrent's `ssl_torrent` flag only
  // chooses a port where none is given.
  std::uint16_t port;
  ClusterKey key;
  // 20 a second are enough for 12,000 blobs every 10 minutes.
  AnnounceSchedule::Options blobs{std::chrono::milliseconds(50), std::chrono::minutes(10),
                                  std::chrono::minutes(15)};
  // Half as often as nodes forget them, and less often than there are other nodes who put them.
  AnnounceSchedule::Options records{std::chrono::milliseconds(200), std::chrono::minutes(30),
                                    std::chrono::minutes(45)};
  std::chrono::hours record_lifetime{24 * 7};
};

// The cluster's directory: who has which blob, and what a tag or a digest stands for, kept in a DHT
// among the members.
//
// The session it is given must have been made with dht_settings(), dht_storage(tables), and an alert
// mask with lt::alert_category::dht_operation. Its alerts must be handed on as they come
// (session_handle::set_alert_notify), not once in a while: answers are among them. Category `dht` should
// stay off: it has an alert for every message from outside, and a flood of these would drown the others.
// Torrents of the session should have torrent_flags::disable_dht, or libtorrent announces them as well.
//
// Thread  the one that runs `io`, which is the session's.   Lifetime  ends before the session does;
// no callback comes after.
class Directory {
 public:
  using Clock = std::chrono::steady_clock;
  struct Stats {
    std::size_t nodes = 0;    // known members of the DHT besides this node
    std::size_t blobs = 0;    // held
    std::size_t entries = 0;  // announcements of anybody that lie here
    std::size_t records = 0;  // of anybody, that lie here
    std::uint64_t announces = 0;
    std::uint64_t lookups = 0;
  };

  Directory(const lt::session_handle& session, lt::io_context& io,
            std::shared_ptr<DhtTables> tables, const DirectoryOptions& options);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // All that discovery found, whenever that changed: members' addresses and their UDP ports, which are
  // those of their plain listening sockets.
  void bootstrap(const std::set<lt::tcp::endpoint>& members);
  // Known members of the DHT besides this node.
  std::size_t nodes() const { return bootstrap_.nodes(); }
  Stats stats() const;

  void on_alert(const lt::alert* alert);

  // See DhtLookups. Wanting ends with unwant(); a blob that is then complete is announced by hold().
  void want(const lt::sha1_hash& info_hash, DhtLookups::Found found);
  void unwant(const lt::sha1_hash& info_hash);
  void lookup(const lt::sha1_hash& info_hash, Clock::duration time_max, DhtLookups::Found found,
              DhtLookups::Over over);
  void hold(const lt::sha1_hash& info_hash, AnnounceSchedule::Urgency urgency);
  void drop(const lt::sha1_hash& info_hash);

  // See DhtRecords.
  Result<void> put(const RecordName& name, const TagRecord& record);
  void get(const RecordName& name, Clock::duration time_max, DhtRecords::Got got);

 private:
  void tick();
  void arm();

  std::shared_ptr<DhtTables> tables_;
  DhtBootstrap bootstrap_;
  DhtLookups lookups_;
  DhtRecords records_;
  boost::asio::steady_timer timer_;
  Clock::time_point armed_for_ = Clock::time_point::max();
  std::shared_ptr<Directory*> self_;  // a timer that has fired cannot be called back; it looks here
};

}  // namespace shoal::p2p
