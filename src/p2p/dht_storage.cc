#include "p2p/dht_storage.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>

namespace shoal::p2p {
namespace {

using lt::sha1_hash;

// An answer must fit into one datagram.
constexpr std::size_t kPeersInReplyMax = 50;
constexpr std::size_t kPeers6InReplyMax = 25;

// Address and port, both in network byte order.   Source  BEP 5, "get_peers"; BEP 32.
std::string compact(const lt::tcp::endpoint& peer) {
  std::string out;
  if (peer.address().is_v4()) {
    for (const unsigned char b : peer.address().to_v4().to_bytes()) out += static_cast<char>(b);
  } else {
    for (const unsigned char b : peer.address().to_v6().to_bytes()) out += static_cast<char>(b);
  }
  out += static_cast<char>(peer.port() >> 8U);
  out += static_cast<char>(peer.port() & 0xffU);
  return out;
}

class Storage final : public lt::dht::dht_storage_interface {
 public:
  explicit Storage(std::shared_ptr<DhtTables> tables) : tables_(std::move(tables)) {}

#if TORRENT_ABI_VERSION == 1  // as Debian builds it
  std::size_t num_torrents() const override {
    return tables_->peers.torrents();
  }
  std::size_t num_peers() const override {
    return tables_->peers.size();
  }
#endif
  void update_node_ids(const std::vector<lt::dht::node_id>&) override {}

  // An announcer of a complete blob looks for nobody: it is spared the list. Never "full": what is too
  // much pushes out what is old.
  bool get_peers(const sha1_hash& info_hash, bool noseed, bool scrape, const lt::address& requester,
                 lt::entry& reply) const override {
    if (noseed || scrape) return false;
    const bool v4 = requester.is_v4();
    auto peers = tables_->peers.peers(info_hash, std::chrono::steady_clock::now());
    std::erase_if(peers, [v4](const auto& peer) { return peer.address().is_v4() != v4; });
    if (peers.empty()) return false;
    peers.resize(std::min(peers.size(), v4 ? kPeersInReplyMax : kPeers6InReplyMax));
    auto& values = reply["values"].list();
    for (const auto& peer : peers) values.emplace_back(compact(peer));
    return false;
  }

  void announce_peer(const sha1_hash& info_hash, const lt::tcp::endpoint& peer, lt::string_view,
                     bool) override {
    tables_->peers.announce(info_hash, peer, std::chrono::steady_clock::now());
  }

  bool get_immutable_item(const sha1_hash&, lt::entry&) const override {
    return false;
  }
  void put_immutable_item(const sha1_hash&, lt::span<const char>, const lt::address&) override {}

  bool get_mutable_item_seq(const sha1_hash& target,
                            lt::dht::sequence_number& sequence) const override {
    const SignedRecord* const record = tables_->items.find(target);
    if (record == nullptr) return false;
    sequence = lt::dht::sequence_number(record->sequence);
    return true;
  }

  bool get_mutable_item(const sha1_hash& target, lt::dht::sequence_number sequence, bool force_fill,
                        lt::entry& reply) const override {
    const SignedRecord* const record = tables_->items.find(target);
    if (record == nullptr) return false;
    reply["seq"] = record->sequence;
    const bool newer = sequence.value >= 0 && sequence.value < record->sequence;
    if (!force_fill && !newer) return true;
    lt::error_code error;
    reply["v"] = lt::bdecode(lt::span<const char>(record->value), error);
    reply["sig"] = record->signature;
    reply["k"] = tables_->items.cluster().bytes;
    return true;
  }

  // libtorrent has verified signature and write token before it calls this.
  void put_mutable_item(const sha1_hash&, lt::span<const char> value,
                        const lt::dht::signature& signature, lt::dht::sequence_number sequence,
                        const lt::dht::public_key& key, lt::span<const char> salt,
                        const lt::address&) override {
    SignedRecord record;
    if (salt.size() != static_cast<std::ptrdiff_t>(record.salt.size())) return;
    std::copy(salt.begin(), salt.end(), record.salt.begin());
    record.sequence = sequence.value;
    record.value.assign(value.data(), static_cast<std::size_t>(value.size()));
    record.signature = signature.bytes;
    tables_->items.put(key, record, std::chrono::steady_clock::now());
  }

  int get_infohashes_sample(lt::entry& reply) override {
    reply["interval"] = 21600;
    reply["num"] = 0;
    reply["samples"] = std::string();
    return 0;
  }

  void tick() override {
    const auto now = std::chrono::steady_clock::now();
    tables_->peers.expire(now);
    tables_->items.expire(now);
  }

  lt::dht::dht_storage_counters counters() const override {
    lt::dht::dht_storage_counters out;
    out.peers = static_cast<std::int32_t>(tables_->peers.size());
    out.mutable_data = static_cast<std::int32_t>(tables_->items.size());
    return out;
  }

 private:
  std::shared_ptr<DhtTables> tables_;
};

}  // namespace

lt::dht::dht_storage_constructor_type dht_storage(std::shared_ptr<DhtTables> tables) {
  return [tables = std::move(tables)](const lt::settings_interface&) {
    return std::make_unique<Storage>(tables);
  };
}

}  // namespace shoal::p2p
