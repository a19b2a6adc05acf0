#pragma once

#include <libtorrent/settings_pack.hpp>

namespace shoal::p2p {

// Switches libtorrent's DHT on and makes it fit for a cluster: nodes whose addresses lie close
// together, many look-ups a second, no bootstrap nodes of the internet. Reasons are in README.md.
void dht_settings(lt::settings_pack& settings);

}  // namespace shoal::p2p
