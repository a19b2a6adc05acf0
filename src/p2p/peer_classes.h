#pragma once

#include <set>

#include <libtorrent/address.hpp>
#include <libtorrent/peer_class.hpp>
#include <libtorrent/session_handle.hpp>

#include "p2p/swarm.h"

namespace shoal::p2p {

// Which of libtorrent's limits count for whom. By itself libtorrent exempts peers with private or
// loopback addresses from rate limits and upload slots; in a cluster that is everybody.
// Those of our own zone come first: they get the upload slots before others (a fifth of the slots
// goes around among all, so nobody starves) and the larger part of a limited rate.
// Thread  the swarm's.   Lifetime  the session outlives it.
class PeerClasses {
 public:
  PeerClasses(lt::session_handle session, const SwarmOptions& options);

  // A member at this address is, or is not, of our zone. Takes effect with apply().
  void place(const lt::address& address, bool same_zone);
  // For connections made from now on.
  void apply();

 private:
  lt::session_handle session_;
  std::uint32_t everybody_;  // classes as bits, as libtorrent's filter has them
  lt::peer_class_t near_;
  std::set<lt::address> near_addresses_;
  bool changed_ = true;
};

}  // namespace shoal::p2p
