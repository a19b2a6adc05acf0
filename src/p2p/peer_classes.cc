#include "p2p/peer_classes.h"

#include <utility>

#include <libtorrent/ip_filter.hpp>
#include <libtorrent/session.hpp>

namespace shoal::p2p {
namespace {

constexpr int kNearPriority = 4;  // others have 1

std::uint32_t bit(lt::peer_class_t peer_class) {
  return 1U << static_cast<std::uint32_t>(peer_class);
}

lt::address_v6 last_v6() {
  lt::address_v6::bytes_type bytes;
  bytes.fill(0xff);
  return lt::address_v6(bytes);
}

}  // namespace

PeerClasses::PeerClasses(lt::session_handle session, const SwarmOptions& options)
    : session_(std::move(session)),
      everybody_(bit(lt::session_handle::global_peer_class_id)),
      near_(session_.create_peer_class("near")) {
  if (options.upload_slots == 0) {
    const lt::peer_class_t served = session_.create_peer_class("served");
    lt::peer_class_info info = session_.get_peer_class(served);
    info.ignore_unchoke_slots = true;
    session_.set_peer_class(served, info);
    everybody_ |= bit(served);
  }
  lt::peer_class_info info = session_.get_peer_class(near_);
  info.upload_priority = kNearPriority;
  info.download_priority = kNearPriority;
  session_.set_peer_class(near_, info);
  apply();
}

void PeerClasses::place(const lt::address& address, bool same_zone) {
  const bool changed =
      same_zone ? near_addresses_.insert(address).second : near_addresses_.erase(address) > 0;
  changed_ = changed_ || changed;
}

void PeerClasses::apply() {
  if (!std::exchange(changed_, false)) return;
  lt::ip_filter filter;
  filter.add_rule(lt::address_v4::any(), lt::address_v4::broadcast(), everybody_);
  filter.add_rule(lt::address_v6::any(), last_v6(), everybody_);
  for (const lt::address& address : near_addresses_) {
    filter.add_rule(address, address, everybody_ | bit(near_));
  }
  session_.set_peer_class_filter(filter);
}

}  // namespace shoal::p2p
