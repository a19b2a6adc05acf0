#include "p2p/dht_lookups.h"

#include <algorithm>
#include <utility>

#include <libtorrent/alert_types.hpp>

namespace shoal::p2p {
namespace {

bool could_be_a_member(const lt::tcp::endpoint& peer) {
  return peer.port() != 0 && !peer.address().is_unspecified() && !peer.address().is_multicast();
}

// Those not told yet, now told.
std::vector<lt::tcp::endpoint> news(const std::vector<lt::tcp::endpoint>& peers,
                                    std::set<lt::tcp::endpoint>& told) {
  std::vector<lt::tcp::endpoint> out;
  for (const auto& peer : peers) {
    if (told.size() >= DhtLookups::kCandidatesMax) break;
    if (could_be_a_member(peer) && told.insert(peer).second) out.push_back(peer);
  }
  return out;
}

}  // namespace

DhtLookups::DhtLookups(lt::session_handle session, PeerTable& table, std::uint16_t port,
                       const AnnounceSchedule::Options& rest)
    : session_(std::move(session)), table_(table), port_(port), resting_(rest) {}

void DhtLookups::want(const lt::sha1_hash& info_hash, Found found, TimePoint now) {
  Wanted& wanted = wanted_[info_hash];
  wanted = Wanted{Search{std::move(found), {}}, 0, now};
  announce_wanted(info_hash, wanted, now);
  offer(info_hash, table_.peers(info_hash, now));
}

void DhtLookups::unwant(const lt::sha1_hash& info_hash) {
  wanted_.erase(info_hash);
}

void DhtLookups::lookup(const lt::sha1_hash& info_hash, TimePoint deadline, Found found, Over over,
                        TimePoint now) {
  if (lookups_.size() >= kLookupsMax) end_lookup(lookups_.begin());
  lookups_.emplace(next_lookup_++,
                   Lookup{info_hash, deadline, Search{std::move(found), {}}, std::move(over)});
  session_.dht_get_peers(info_hash);
  ++lookups_made_;
  offer(info_hash, table_.peers(info_hash, now));
}

void DhtLookups::hold(const lt::sha1_hash& info_hash, AnnounceSchedule::Urgency urgency,
                      TimePoint now) {
  resting_.add(info_hash, urgency, now);
}

void DhtLookups::on_reply(const lt::dht_get_peers_reply_alert& reply) {
  offer(reply.info_hash, reply.peers());
}

void DhtLookups::on_announced(const lt::sha1_hash& info_hash, const lt::tcp::endpoint& peer) {
  if (!wanted_.contains(info_hash) && lookups_.empty()) return;
  offer(info_hash, {peer});
}

void DhtLookups::on_joined(TimePoint now) {
  for (auto& [info_hash, wanted] : wanted_) {
    wanted.lookups = 0;
    wanted.next = now;
  }
}

void DhtLookups::tick(TimePoint now, bool connected) {
  for (auto& [info_hash, wanted] : wanted_) {
    if (wanted.next <= now) announce_wanted(info_hash, wanted, now);
  }
  while (connected) {
    const auto info_hash = resting_.next(now);
    if (!info_hash) break;
    session_.dht_announce(*info_hash, port_, lt::dht::announce::seed);
    ++announces_;
  }
  for (auto lookup = lookups_.begin(); lookup != lookups_.end();) {
    const auto next = std::next(lookup);
    const auto next_key = next == lookups_.end() ? next_lookup_ : next->first;
    if (lookup->second.deadline <= now) end_lookup(lookup);
    // What was told may have changed the map.
    lookup = lookups_.lower_bound(next_key);
  }
}

DhtLookups::TimePoint DhtLookups::next_at(bool connected) const {
  TimePoint next = TimePoint::max();
  for (const auto& [info_hash, wanted] : wanted_) next = std::min(next, wanted.next);
  for (const auto& [key, lookup] : lookups_) next = std::min(next, lookup.deadline);
  if (connected) next = std::min(next, resting_.next_at().value_or(next));
  return next;
}

// One call does both: libtorrent's announce looks for peers first, and stores on the nodes it ends at.
void DhtLookups::announce_wanted(const lt::sha1_hash& info_hash, Wanted& wanted, TimePoint now) {
  session_.dht_announce(info_hash, port_);
  ++lookups_made_;
  wanted.next = now + wait_after_lookup(++wanted.lookups);
}

void DhtLookups::offer(const lt::sha1_hash& info_hash,
                       const std::vector<lt::tcp::endpoint>& peers) {
  // All are gathered first, since a callback may begin and end searches.
  std::vector<std::pair<Found, std::vector<lt::tcp::endpoint>>> tellings;
  const auto tell = [&](Search& search) {
    auto fresh = news(peers, search.told);
    if (!fresh.empty()) tellings.emplace_back(search.found, std::move(fresh));
  };
  if (const auto wanted = wanted_.find(info_hash); wanted != wanted_.end()) {
    tell(wanted->second.search);
  }
  for (auto& [key, lookup] : lookups_) {
    if (lookup.info_hash == info_hash) tell(lookup.search);
  }
  for (const auto& [found, fresh] : tellings) found(fresh);
}

void DhtLookups::end_lookup(std::map<std::uint64_t, Lookup>::iterator lookup) {
  const Over over = std::move(lookup->second.over);
  lookups_.erase(lookup);
  over();
}

}  // namespace shoal::p2p
