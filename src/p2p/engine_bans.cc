// The part of Engine that keeps liars out.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/common.h>
#include <libtorrent/ip_filter.hpp>

#include "base/log.h"
#include "p2p/engine.h"

namespace shoal::p2p {
namespace {

std::string text_of(const std::optional<lt::tcp::endpoint>& endpoint) {
  return endpoint ? endpoint->address().to_string() : "unknown";
}

std::string_view what_it_did(Fault fault) {
  switch (fault) {
    case Fault::false_word:
      return "peer vouched for a bad piece";
    case Fault::bad_bytes:
      return "peer sent a bad piece";
    case Fault::bad_relay:
      return "peer sent a bad piece, perhaps without knowing";
  }
  return "peer sent a bad piece";
}

}  // namespace

void Engine::convict(const BlobSwarm& swarm, const Accusation& accusation) {
  std::optional<lt::tcp::endpoint> seen_at = swarm.whereabouts(accusation.node);
  for (const auto& [key, link] : control_->links()) {
    if (link->hello().node == accusation.node) seen_at = link->endpoint();
  }
  const bool is_guilty = accusation.fault != Fault::bad_relay ||
                         bans_.strike(accusation.node, std::chrono::steady_clock::now());
  const bool is_banned = is_guilty && ban(accusation.node, seen_at, accusation.fault);
  if (is_banned) metrics_.peers_banned(to_string(accusation.fault)).Increment();
  LogLine(spdlog::level::warn, what_it_did(accusation.fault))
      .field("node", accusation.node.text())
      .field("address", text_of(seen_at))
      .field("digest", swarm.blob().descriptor().digest.text())
      .field("piece", accusation.piece)
      .field("banned", is_banned)
      .write();
}

bool Engine::ban(const NodeId& node, std::optional<lt::tcp::endpoint> seen_at, Fault fault) {
  if (!seen_at) return false;
  const bool shared =
      std::any_of(control_->links().begin(), control_->links().end(), [&](const auto& entry) {
        const PeerLink& other = *entry.second;
        return other.hello().node != node && other.endpoint().address() == seen_at->address();
      });
  if (!bans_.add(node, *seen_at, !shared, std::chrono::steady_clock::now())) return false;
  for (const auto& [key, joined] : blobs_) joined.swarm->shun(node, fault == Fault::false_word);
  std::vector<PeerLink*> its_links;
  for (const auto& [key, link] : control_->links()) {
    if (link->hello().node == node) its_links.push_back(link);
  }
  for (PeerLink* link : its_links) link->disconnect();
  apply_bans();
  return true;
}

bool Engine::banned(const PeerLink& link) const {
  return bans_.refuses(link.hello().node, link.endpoint(), std::chrono::steady_clock::now());
}

void Engine::end_strangers(std::chrono::steady_clock::time_point now) {
  if (!handshake_deadline_ || !handshake_deadline_->due(now)) return;
  HandshakeDeadline::Endpoints members;
  for (const auto& [key, link] : control_->links()) members.insert(link->remote());
  for (const auto& [blob, joined] : blobs_) {
    for (const auto& [key, link] : joined.swarm->links()) members.insert(link->remote());
  }
  const std::size_t count = handshake_deadline_->enforce(members, now);
  if (count == 0) return;
  LogLine(spdlog::level::warn, "connections of nobody were closed")
      .field("count", count)
      .field("after_seconds", HandshakeDeadline::kLimit.count())
      .write();
}

// libtorrent refuses these before a word is said; who shares an address with others is refused when it
// introduces itself.
void Engine::apply_bans() {
  lt::ip_filter filter;
  for (const auto& address : bans_.addresses()) {
    filter.add_rule(address, address, lt::ip_filter::blocked);
  }
  session_->set_ip_filter(std::move(filter));
}

}  // namespace shoal::p2p
