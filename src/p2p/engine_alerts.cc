// The part of Engine that hears what the session reports.
#include <chrono>
#include <vector>

#include <spdlog/spdlog.h>
#include <libtorrent/alert_types.hpp>

#include "p2p/engine.h"

namespace shoal::p2p {
namespace {

constexpr std::chrono::seconds kListenTimeout{5};

bool is_tls(lt::socket_type_t type) {
  return type == lt::socket_type_t::tcp_ssl || type == lt::socket_type_t::utp_ssl;
}

}  // namespace

// Waits for the port that members connect to, and the one of the directory, which libtorrent calls by
// its name for UDP, utp.
Result<void> Engine::listen_outcome() {
  const auto deadline = std::chrono::steady_clock::now() + kListenTimeout;
  bool has_directory = true;
  while (port_ == 0 || (has_directory && dht_port_ == 0)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Errc::io, "cannot listen for peers at " + options_.listen +
                                ": not an address of this machine");
    }
    session_->wait_for_alert(std::chrono::milliseconds(100));
    std::vector<lt::alert*> alerts;
    session_->pop_alerts(&alerts);
    for (const lt::alert* alert : alerts) {
      if (const auto* failed = lt::alert_cast<lt::listen_failed_alert>(alert)) {
        if (!tls_ || is_tls(failed->socket_type)) {
          return fail(Errc::io, "cannot listen for peers at " + options_.listen + ": " +
                                    failed->error.message());
        }
        spdlog::warn(
            "swarm: no directory, only neighbours are asked: cannot listen at UDP port {} "
            "(swarm.dht_port): {}",
            failed->port, failed->error.message());
        has_directory = false;
      }
      const auto* good = lt::alert_cast<lt::listen_succeeded_alert>(alert);
      if (good == nullptr) continue;
      const auto members = tls_ ? lt::socket_type_t::tcp_ssl : lt::socket_type_t::tcp;
      if (port_ == 0 && good->socket_type == members) {
        port_ = static_cast<std::uint16_t>(good->port);
        listens_at_ = lt::tcp::endpoint(good->address, port_);
      } else if (dht_port_ == 0 && good->socket_type == lt::socket_type_t::utp) {
        dht_port_ = static_cast<std::uint16_t>(good->port);
      }
    }
  }
  return {};
}

void Engine::on_alerts() {
  std::vector<lt::alert*> alerts;
  session_->pop_alerts(&alerts);
  for (const lt::alert* alert : alerts) {
    rendezvous_.on_alert(alert);
    handshake_failures_.note(*alert);
    if (alert->category() & lt::alert_category::error) {
      spdlog::warn("swarm: {}", alert->message());
    }
  }
}

}  // namespace shoal::p2p
