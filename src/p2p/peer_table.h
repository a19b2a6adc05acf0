#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <libtorrent/address.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/socket.hpp>

namespace shoal::p2p {

// Who has which blob, as other nodes of the DHT announced it to us. Anybody can announce anything, so
// this is bounded in every way, and what it says are candidates that must still prove who they are.
// Thread  the swarm's.
class PeerTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Limits {
    std::size_t entries = 100'000;  // some 200 bytes each
    std::size_t entries_per_torrent = 50;
    // More than any member needs, and too few for one stranger to push all others out.
    std::size_t entries_per_address = 25'000;
    std::chrono::minutes lifetime{45};
  };

  // `announced` is told every announcement that comes in, kept before or not.
  using Announced = std::function<void(const lt::sha1_hash&, const lt::tcp::endpoint&)>;

  PeerTable();  // with the limits above
  explicit PeerTable(const Limits& limits);
  ~PeerTable();

  void set_announced(Announced announced) { announced_ = std::move(announced); }

  // Where a limit is reached the oldest entry of that torrent, address or table goes.
  void announce(const lt::sha1_hash& info_hash, const lt::tcp::endpoint& peer, TimePoint now);
  // The newest first.
  std::vector<lt::tcp::endpoint> peers(const lt::sha1_hash& info_hash, TimePoint now) const;
  void expire(TimePoint now);

  std::size_t size() const;
  std::size_t torrents() const;

 private:
  struct Entries;

  Limits limits_;
  Announced announced_;
  std::unique_ptr<Entries> entries_;
};

}  // namespace shoal::p2p
