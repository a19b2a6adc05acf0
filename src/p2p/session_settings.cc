#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include <libtorrent/settings_pack.hpp>

#include "base/version.h"
#include "p2p/dht_settings.h"
#include "p2p/engine.h"
#include "p2p/session_tuning.h"

namespace shoal::p2p {
namespace {

using sp = lt::settings_pack;

// What a swarm of strangers on the internet needs and a cluster does not.
void switch_off(lt::settings_pack& settings) {
  for (
      const int name : {
          sp::enable_lsd,
          sp::enable_upnp,
          sp::enable_natpmp,
          sp::enable_incoming_utp,
          sp::enable_outgoing_utp,
          sp::smooth_connects,
          sp::rate_limit_ip_overhead,
          sp::announce_to_all_trackers,
          sp::announce_to_all_tiers,
          sp::use_parole_mode,  // where all peers are on parole, nobody may go on with a mixed piece
          sp::send_redundant_have,
          sp::close_redundant_connections,  // a node stays a seed, and a member on the control torrent
          sp::listen_system_port_fallback,
      }) {
    settings.set_bool(name, false);
  }
  settings.set_int(sp::out_enc_policy, sp::pe_disabled);
  settings.set_int(sp::in_enc_policy, sp::pe_disabled);
  settings.set_int(sp::max_retry_port_bind, 0);
  settings.set_int(sp::stop_tracker_timeout, 0);
  settings.set_int(sp::allowed_fast_set_size, 0);
}

void widen(lt::settings_pack& settings) {
  settings.set_int(sp::connection_speed, 500);
  settings.set_int(sp::torrent_connect_boost, 255);
  settings.set_int(sp::min_reconnect_time, 1);
  settings.set_int(sp::max_failcount, 31);
  settings.set_int(sp::max_out_request_queue, kRequestsMax);
  settings.set_int(sp::max_allowed_in_request_queue, 2000);
  settings.set_int(sp::request_queue_time, static_cast<int>(kRequestQueueTime.count()));
  settings.set_int(sp::max_peer_recv_buffer_size, 256 * 1024);
  // libtorrent reads all that the kernel holds for a socket into one buffer of that size, and the
  // kernel grows its own to tens of megabytes when the disk is slow. The kernel doubles this figure.
  settings.set_int(sp::recv_socket_buffer_size, 1024 * 1024);
  settings.set_int(sp::send_buffer_watermark, 512 * 1024);
  settings.set_int(sp::send_buffer_low_watermark, 16 * 1024);
  settings.set_int(sp::send_buffer_watermark_factor, 20);  // percent of a second
  settings.set_int(sp::listen_queue_size, 512);
  settings.set_int(sp::active_limit, std::numeric_limits<int>::max());
  settings.set_int(sp::active_downloads, -1);
  settings.set_int(sp::active_seeds, -1);
}

void hasten(lt::settings_pack& settings) {
  settings.set_int(sp::tick_interval, 100);
  settings.set_int(sp::peer_connect_timeout, 5);
  settings.set_int(sp::handshake_timeout, 5);
  settings.set_int(sp::request_timeout, 10);
  settings.set_int(sp::piece_timeout, 10);
  settings.set_int(sp::peer_timeout, 40);
  settings.set_int(sp::unchoke_interval, static_cast<int>(kUnchokeInterval.count()));
  settings.set_int(sp::initial_picker_threshold, 0);
}

// Where to listen. libtorrent runs its DHT on the UDP ports of plain sockets only, so that beside the
// socket for TLS, which the "s" makes of the first one, there is a plain one on a port of its own.
std::string listen_interfaces(const SwarmOptions& options) {
  if (!options.credentials) return options.listen;
  const std::size_t colon = options.listen.rfind(':');
  const std::string address = options.listen.substr(0, colon);
  const int port = std::atoi(options.listen.c_str() + colon + 1);
  const int dht_port = options.dht_port != 0 || port == 0 ? options.dht_port : (port + 1) % 65536;
  return options.listen + "s," + address + ":" + std::to_string(dht_port);
}

// libtorrent counts in int; two gigabytes a second are no limit for one node.
int rate(std::uint64_t bytes_per_second) {
  return static_cast<int>(
      std::min<std::uint64_t>(bytes_per_second, std::numeric_limits<int>::max()));
}

}  // namespace

lt::settings_pack session_settings(const SwarmOptions& options) {
  lt::settings_pack settings;
  switch_off(settings);
  widen(settings);
  hasten(settings);
  dht_settings(settings);
  settings.set_str(sp::user_agent, std::string("shoal/") + kVersion);
  settings.set_str(sp::peer_fingerprint, "-SH0100-");
  const bool tls = options.credentials != nullptr;
  settings.set_str(sp::listen_interfaces, listen_interfaces(options));
  // Closes a connection that is not TLS before it is read from; TLS is not meant by it.
  settings.set_bool(sp::enable_incoming_tcp, !tls);
  const std::string address = options.listen.substr(0, options.listen.rfind(':'));
  const bool any_address = address == "0.0.0.0" || address == "[::]";
  // Peers tell members apart by address, so we must come from the one we listen on.
  if (!any_address) {
    const bool bracketed = address.starts_with('[');
    settings.set_str(sp::outgoing_interfaces,
                     bracketed ? address.substr(1, address.size() - 2) : address);
  }
  settings.set_int(sp::connections_limit, options.connections);
  settings.set_int(sp::unchoke_slots_limit, options.upload_slots > 0 ? options.upload_slots : -1);
  settings.set_int(sp::upload_rate_limit, rate(options.upload_rate));
  settings.set_int(sp::download_rate_limit, rate(options.download_rate));
  // Never category dht: it has an alert for every message, and strangers may send many.
  lt::alert_category_t alerts =
      lt::alert_category::error | lt::alert_category::status | lt::alert_category::dht_operation;
  if (tls) alerts |= lt::alert_category::peer | lt::alert_category::connect;  // failed handshakes
  settings.set_int(sp::alert_mask, static_cast<int>(static_cast<std::uint32_t>(alerts)));
  return settings;
}

}  // namespace shoal::p2p
