#include "p2p/directory.h"

#include <algorithm>
#include <utility>

#include <libtorrent/alert_types.hpp>

namespace shoal::p2p {

Directory::Directory(const lt::session_handle& session, lt::io_context& io,
                     std::shared_ptr<DhtTables> tables, const DirectoryOptions& options)
    : tables_(std::move(tables)),
      bootstrap_(session),
      lookups_(session, tables_->peers, options.port, options.blobs),
      records_(session, tables_->items, options.key, options.records, options.record_lifetime),
      timer_(io),
      self_(std::make_shared<Directory*>(this)) {
  tables_->peers.set_announced(
      [this](const lt::sha1_hash& info_hash, const lt::tcp::endpoint& peer) {
        lookups_.on_announced(info_hash, peer);
      });
  tick();
}

Directory::~Directory() {
  tables_->peers.set_announced({});
}

void Directory::bootstrap(const std::set<lt::tcp::endpoint>& members) {
  bootstrap_.set_nodes(members, Clock::now());
  arm();
}

Directory::Stats Directory::stats() const {
  return {nodes(),
          lookups_.held(),
          tables_->peers.size(),
          tables_->items.size(),
          lookups_.announces(),
          lookups_.lookups() + records_.lookups()};
}

void Directory::on_alert(const lt::alert* alert) {
  if (const auto* reply = lt::alert_cast<lt::dht_get_peers_reply_alert>(alert)) {
    lookups_.on_reply(*reply);
  } else if (const auto* item = lt::alert_cast<lt::dht_mutable_item_alert>(alert)) {
    records_.on_item(*item, Clock::now());
  } else if (const auto* stats = lt::alert_cast<lt::dht_stats_alert>(alert)) {
    if (bootstrap_.on_stats(*stats)) lookups_.on_joined(Clock::now());
  } else {
    return;
  }
  arm();
}

void Directory::want(const lt::sha1_hash& info_hash, DhtLookups::Found found) {
  lookups_.want(info_hash, std::move(found), Clock::now());
  arm();
}

void Directory::unwant(const lt::sha1_hash& info_hash) {
  lookups_.unwant(info_hash);
}

void Directory::lookup(const lt::sha1_hash& info_hash, Clock::duration time_max,
                       DhtLookups::Found found, DhtLookups::Over over) {
  const auto now = Clock::now();
  lookups_.lookup(info_hash, now + time_max, std::move(found), std::move(over), now);
  arm();
}

void Directory::hold(const lt::sha1_hash& info_hash, AnnounceSchedule::Urgency urgency) {
  lookups_.hold(info_hash, urgency, Clock::now());
  arm();
}

void Directory::drop(const lt::sha1_hash& info_hash) {
  lookups_.drop(info_hash);
}

Result<void> Directory::put(const RecordName& name, const TagRecord& record) {
  auto done = records_.put(name, record, Clock::now());
  arm();
  return done;
}

void Directory::get(const RecordName& name, Clock::duration time_max, DhtRecords::Got got) {
  const auto now = Clock::now();
  records_.get(name, now + time_max, std::move(got), now);
  arm();
}

void Directory::tick() {
  const auto now = Clock::now();
  if (bootstrap_.next_at() <= now) bootstrap_.tick(now);
  const bool connected = nodes() > 0;
  lookups_.tick(now, connected);
  records_.tick(now, connected);
  arm();
}

void Directory::arm() {
  const bool connected = nodes() > 0;
  const auto next =
      std::min({bootstrap_.next_at(), lookups_.next_at(connected), records_.next_at(connected)});
  if (next >= armed_for_) return;  // it looks again then
  armed_for_ = next;
  timer_.expires_at(next);
  timer_.async_wait(
      [self = std::weak_ptr<Directory*>(self_)](const boost::system::error_code& error) {
        if (error) return;
        if (const auto alive = self.lock()) {
          (*alive)->armed_for_ = Clock::time_point::max();
          (*alive)->tick();
        }
      });
}

}  // namespace shoal::p2p
