#include "p2p/handshake_failures.h"

#include <optional>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ssl/error.hpp>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/operations.hpp>

namespace shoal::p2p {
namespace {

struct Failure {
  const lt::tcp::endpoint& peer;
  const lt::error_code& error;
};

// Incoming ones fail before libtorrent knows their torrent. One that we opened ends as a peer that
// disconnects: in TLS 1.3 the other side's refusal is the first thing we read.
std::optional<Failure> failure_in(const lt::alert& alert) {
  if (const auto* incoming = lt::alert_cast<lt::peer_error_alert>(&alert)) {
    if (incoming->op != lt::operation_t::ssl_handshake) return std::nullopt;
    return Failure{incoming->endpoint, incoming->error};
  }
  if (const auto* outgoing = lt::alert_cast<lt::peer_disconnected_alert>(&alert)) {
    if (outgoing->error.category() != boost::asio::error::get_ssl_category()) return std::nullopt;
    return Failure{outgoing->endpoint, outgoing->error};
  }
  return std::nullopt;
}

}  // namespace

void HandshakeFailures::note(const lt::alert& alert) {
  const auto failure = failure_in(alert);
  if (!failure) return;
  metrics_.tls_handshake_failures.Increment();
  ++untold_;
  last_ = fmt::format("{}:{}: {}", failure->peer.address().to_string(), failure->peer.port(),
                      failure->error.message());
}

void HandshakeFailures::tell(std::chrono::steady_clock::time_point now) {
  if (untold_ == 0 || now - told_at_ < kLogInterval) return;
  spdlog::warn("swarm: {} TLS handshakes failed, the last with {}", untold_, last_);
  untold_ = 0;
  told_at_ = now;
}

}  // namespace shoal::p2p
