#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <libtorrent/fwd.hpp>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/socket.hpp>

#include "p2p/announce_schedule.h"
#include "p2p/peer_table.h"

namespace shoal::p2p {

// Who has, or wants, a blob: asks the DHT, and the part of it that lies on this node. What is found are
// candidates; whoever answered may have lied.
// Thread  the swarm's; callbacks too, and they may call anything here.
class DhtLookups {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Told of each endpoint once, in as many portions as they come in.
  using Found = std::function<void(const std::vector<lt::tcp::endpoint>&)>;
  using Over = std::function<void()>;

  // What one search tells at most: an answer that is a flood ends there.
  static constexpr std::size_t kCandidatesMax = 1000;
  // One-shot look-ups under way; the oldest ends when there are more.
  static constexpr std::size_t kLookupsMax = 1000;

  // `port`: where this node listens for peers, told to those who look for what we announce.
  DhtLookups(lt::session_handle session, PeerTable& table, std::uint16_t port,
             const AnnounceSchedule::Options& rest);

  // Announces that this node wants (and soon has) a blob, and looks for others who do, again and again
  // until unwant(). A second want() of the same blob replaces the first.
  void want(const lt::sha1_hash& info_hash, Found found, TimePoint now);
  void unwant(const lt::sha1_hash& info_hash);

  // Looks once, announcing nothing. `over` comes at the deadline: the DHT does not say when the last
  // answer is in.
  void lookup(const lt::sha1_hash& info_hash, TimePoint deadline, Found found, Over over,
              TimePoint now);

  // Keeps a blob announced that is here, at rest or in the session.
  void hold(const lt::sha1_hash& info_hash, AnnounceSchedule::Urgency urgency, TimePoint now);
  void drop(const lt::sha1_hash& info_hash) { resting_.remove(info_hash); }
  std::size_t held() const { return resting_.size(); }
  // Since the start: announcements of what is held; look-ups, with those that announce what is wanted.
  std::uint64_t announces() const { return announces_; }
  std::uint64_t lookups() const { return lookups_made_; }

  void on_reply(const lt::dht_get_peers_reply_alert& reply);
  void on_announced(const lt::sha1_hash& info_hash, const lt::tcp::endpoint& peer);
  // The DHT was out of reach and no longer is: wanted blobs are looked for at once.
  void on_joined(TimePoint now);

  // `connected`: whether there is anybody to announce to.
  void tick(TimePoint now, bool connected);
  TimePoint next_at(bool connected) const;

 private:
  struct Search {
    Found found;
    std::set<lt::tcp::endpoint> told;
  };
  struct Wanted {
    Search search;
    unsigned lookups = 0;
    TimePoint next;
  };
  struct Lookup {
    lt::sha1_hash info_hash;
    TimePoint deadline;
    Search search;
    Over over;
  };

  void announce_wanted(const lt::sha1_hash& info_hash, Wanted& wanted, TimePoint now);
  void offer(const lt::sha1_hash& info_hash, const std::vector<lt::tcp::endpoint>& peers);
  void end_lookup(std::map<std::uint64_t, Lookup>::iterator lookup);

  lt::session_handle session_;
  PeerTable& table_;
  std::uint16_t port_;
  AnnounceSchedule resting_;
  std::map<lt::sha1_hash, Wanted> wanted_;
  std::map<std::uint64_t, Lookup> lookups_;  // by order of coming
  std::uint64_t next_lookup_ = 0;
  std::uint64_t announces_ = 0;
  std::uint64_t lookups_made_ = 0;
};

}  // namespace shoal::p2p
