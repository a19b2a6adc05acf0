#include "p2p/peer_table.h"

#include <boost/multi_index/composite_key.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index/ranked_index.hpp>
#include <boost/multi_index_container.hpp>

namespace shoal::p2p {
namespace {

namespace mi = boost::multi_index;

struct Entry {
  lt::sha1_hash info_hash;
  lt::address address;
  std::uint16_t port;
  PeerTable::TimePoint heard;
};

using InfoHash = mi::member<Entry, lt::sha1_hash, &Entry::info_hash>;
using Address = mi::member<Entry, lt::address, &Entry::address>;
using Port = mi::member<Entry, std::uint16_t, &Entry::port>;
using Heard = mi::member<Entry, PeerTable::TimePoint, &Entry::heard>;

struct BySelf {};
struct ByTorrent {};
struct ByAddress {};
struct ByAge {};

using Container = mi::multi_index_container<
    Entry,
    mi::indexed_by<
        mi::ordered_unique<mi::tag<BySelf>, mi::composite_key<Entry, InfoHash, Address, Port>>,
        mi::ranked_non_unique<mi::tag<ByTorrent>, mi::composite_key<Entry, InfoHash, Heard>>,
        mi::ranked_non_unique<mi::tag<ByAddress>, mi::composite_key<Entry, Address, Heard>>,
        mi::ordered_non_unique<mi::tag<ByAge>, Heard>>>;

// Makes room for one more of `key` by dropping its oldest; the index has them in order of age.
template <class Index, class Key>
void bound(Index& index, const Key& key, std::size_t entries_max) {
  const auto first = index.lower_bound(std::make_tuple(key));
  const auto last = index.upper_bound(std::make_tuple(key));
  if (index.rank(last) - index.rank(first) >= entries_max) index.erase(first);
}

}  // namespace

struct PeerTable::Entries : Container {};

PeerTable::PeerTable() : PeerTable(Limits()) {}

PeerTable::PeerTable(const Limits& limits)
    : limits_(limits), entries_(std::make_unique<Entries>()) {}

PeerTable::~PeerTable() = default;

void PeerTable::announce(const lt::sha1_hash& info_hash, const lt::tcp::endpoint& peer,
                         TimePoint now) {
  if (peer.port() == 0) return;
  auto& known = entries_->get<BySelf>();
  const auto old = known.find(std::make_tuple(info_hash, peer.address(), peer.port()));
  if (old != known.end()) {
    known.modify(old, [&](Entry& entry) { entry.heard = now; });
  } else {
    bound(entries_->get<ByTorrent>(), info_hash, limits_.entries_per_torrent);
    bound(entries_->get<ByAddress>(), peer.address(), limits_.entries_per_address);
    auto& aged = entries_->get<ByAge>();
    if (aged.size() >= limits_.entries) aged.erase(aged.begin());
    entries_->insert(Entry{info_hash, peer.address(), peer.port(), now});
  }
  if (announced_) announced_(info_hash, peer);
}

std::vector<lt::tcp::endpoint> PeerTable::peers(const lt::sha1_hash& info_hash,
                                                TimePoint now) const {
  const auto& index = entries_->get<ByTorrent>();
  auto [entry, end] = index.equal_range(std::make_tuple(info_hash));
  std::vector<lt::tcp::endpoint> out;
  while (end != entry) {
    --end;
    if (end->heard + limits_.lifetime > now) out.emplace_back(end->address, end->port);
  }
  return out;
}

void PeerTable::expire(TimePoint now) {
  auto& aged = entries_->get<ByAge>();
  while (!aged.empty() && aged.begin()->heard + limits_.lifetime <= now) aged.erase(aged.begin());
}

std::size_t PeerTable::size() const {
  return entries_->size();
}

std::size_t PeerTable::torrents() const {
  const auto& index = entries_->get<ByTorrent>();
  std::size_t count = 0;
  for (auto i = index.begin(); i != index.end();
       i = index.upper_bound(std::make_tuple(i->info_hash))) {
    ++count;
  }
  return count;
}

}  // namespace shoal::p2p
