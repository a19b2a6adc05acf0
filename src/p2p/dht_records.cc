#include "p2p/dht_records.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <libtorrent/alert_types.hpp>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>

namespace shoal::p2p {
namespace {

std::chrono::milliseconds wall_clock() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

std::string text_of(const Salt& salt) {
  return {salt.begin(), salt.end()};
}

std::optional<Salt> salt_of(const std::string& text) {
  Salt salt{};
  if (text.size() != salt.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), salt.begin());
  return salt;
}

}  // namespace

DhtRecords::DhtRecords(lt::session_handle session, ItemTable& table, const ClusterKey& key,
                       const AnnounceSchedule::Options& pace, std::chrono::hours lifetime)
    : session_(std::move(session)),
      table_(table),
      key_(key),
      lifetime_(lifetime),
      schedule_(pace),
      self_(std::make_shared<DhtRecords*>(this)) {}

DhtRecords::~DhtRecords() = default;

Result<void> DhtRecords::put(const RecordName& name, const TagRecord& record, TimePoint now) {
  const lt::sha1_hash target = name.target(key_.public_key());
  const auto old = published_.find(target);
  if (old != published_.end() && old->second->sequence >= record.checked_at.count()) return {};
  auto sealed = sign(name, record, key_);
  if (!sealed) return fail(sealed.error());
  table_.put(key_.public_key(), *sealed, now);
  published_[target] = std::make_shared<const SignedRecord>(std::move(*sealed));
  schedule_.add(target, AnnounceSchedule::Urgency::fresh, now);
  if (published_.size() > kPublishedMax) {
    const auto oldest = std::min_element(
        published_.begin(), published_.end(),
        [](const auto& a, const auto& b) { return a.second->sequence < b.second->sequence; });
    withdraw(lt::sha1_hash(oldest->first));
  }
  return {};
}

void DhtRecords::get(const RecordName& name, TimePoint deadline, Got got, TimePoint now) {
  if (gets_.size() >= kGetsMax) {
    got(fail(Errc::unavailable, "too many records are being looked up at once"));
    return;
  }
  const auto entry = gets_.emplace(name.salt(), Get{name, deadline, std::move(got), std::nullopt});
  const SignedRecord* const here = table_.find(name.target(key_.public_key()));
  if (here != nullptr) consider(entry->second, *here, now);
  ++lookups_made_;
  session_.dht_get_item(key_.public_key().bytes, text_of(name.salt()));
}

void DhtRecords::on_item(const lt::dht_mutable_item_alert& item, TimePoint now) {
  const auto salt = salt_of(item.salt);
  if (!salt || item.key != key_.public_key().bytes) return;
  const auto [first, last] = gets_.equal_range(*salt);
  if (first == last) return;
  if (item.item.type() != lt::entry::undefined_t) {
    SignedRecord sealed;
    sealed.salt = *salt;
    sealed.sequence = item.seq;
    sealed.signature = item.signature;
    lt::bencode(std::back_inserter(sealed.value), item.item);
    for (auto get = first; get != last; ++get) consider(get->second, sealed, now);
  }
  if (!item.authoritative) return;
  std::vector<Gets::node_type> done;
  for (auto get = first; get != last;) done.push_back(gets_.extract(get++));
  for (auto& node : done) answer(node.mapped(), Errc::not_found);
}

void DhtRecords::tick(TimePoint now, bool connected) {
  std::vector<Gets::node_type> late;
  for (auto get = gets_.begin(); get != gets_.end();) {
    const auto next = std::next(get);
    if (get->second.deadline <= now) late.push_back(gets_.extract(get));
    get = next;
  }
  for (auto& node : late) answer(node.mapped(), Errc::timeout);
  while (connected) {
    const auto target = schedule_.next(now);
    if (!target) break;
    const auto record = published_.at(*target);
    if (std::chrono::milliseconds(record->sequence) + lifetime_ < wall_clock()) {
      withdraw(*target);
    } else {
      table_.put(key_.public_key(), *record, now);
      send(record);
    }
  }
}

DhtRecords::TimePoint DhtRecords::next_at(bool connected) const {
  TimePoint next = TimePoint::max();
  for (const auto& [salt, get] : gets_) next = std::min(next, get.deadline);
  if (connected) next = std::min(next, schedule_.next_at().value_or(next));
  return next;
}

void DhtRecords::answer(Get& get, Errc otherwise) {
  if (get.best) {
    get.got(std::move(*get.best));
  } else {
    get.got(fail(otherwise, "no member of the cluster knows a record of this"));
  }
}

void DhtRecords::consider(Get& get, const SignedRecord& sealed, TimePoint now) {
  if (get.best && get.best->checked_at.count() >= sealed.sequence) return;
  auto record = open(sealed, get.name, key_.public_key());
  if (!record) return;
  get.best = std::move(*record);
  get.deadline = std::min(get.deadline, now + kGrace);
}

void DhtRecords::send(const std::shared_ptr<const SignedRecord>& record) {
  std::weak_ptr<DhtRecords*> self = self_;
  // libtorrent asks the nodes what they have, then this what to put there.
  session_.dht_put_item(
      key_.public_key().bytes,
      [record, self, key = key_.public_key()](lt::entry& value, std::array<char, 64>& signature,
                                              std::int64_t& sequence, const std::string&) {
        if (sequence > record->sequence) {
          // Who put the newer one keeps it put.
          if (const auto alive = self.lock()) {
            (*alive)->withdraw(record_target(record->salt, key));
          }
          return;
        }
        lt::error_code error;
        value = lt::bdecode(lt::span<const char>(record->value), error);
        signature = record->signature;
        sequence = record->sequence;
      },
      text_of(record->salt));
}

void DhtRecords::withdraw(const lt::sha1_hash& target) {
  schedule_.remove(target);
  published_.erase(target);
}

}  // namespace shoal::p2p
