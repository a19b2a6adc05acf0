#include "p2p/control_swarm.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>
#include <libtorrent/peer_info.hpp>

namespace shoal::p2p {
namespace {

constexpr std::size_t kMisfitsMax = 1000;

}  // namespace

void ControlSwarm::set_members(std::vector<lt::tcp::endpoint> members) {
  members_ = std::move(members);
  tick();
}

void ControlSwarm::tick() {
  if (!checked_) return;
  bool new_candidates = false;
  for (const lt::tcp::endpoint& member : members_) {
    const bool connected = std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
      return entry.second->endpoint() == member;
    });
    if (connected) continue;
    // libtorrent ignores one it is connecting to, and waits a little before it tries one again that
    // failed. Named as coming from a tracker, a failed peer is given another chance.
    torrent_.connect_peer(member, lt::peer_info::tracker);
    new_candidates = true;
  }
  if (new_candidates) connect_now(torrent_);
}

PeerLink* ControlSwarm::find(PeerKey key) const {
  const auto found = links_.find(key);
  return found == links_.end() ? nullptr : found->second;
}

void ControlSwarm::link_up(PeerLink& link) {
  links_[link.key()] = &link;
  spdlog::info("member {} connected from {}:{}", link.hello().node.brief(),
               link.endpoint().address().to_string(), link.endpoint().port());
  callbacks_.up(link);
}

// It will try again, and so will we: once it is restarted with our size it is a node like any other.
void ControlSwarm::link_misfit(const Hello& theirs, const lt::tcp::endpoint& listens_at) {
  if (misfits_.size() >= kMisfitsMax) misfits_.clear();
  if (!misfits_.insert(theirs.node).second) return;
  spdlog::warn(
      "node {} at {}:{} is refused: its swarm.piece_size is {} and ours {}; all nodes of a cluster "
      "need the same",
      theirs.node.brief(), listens_at.address().to_string(), listens_at.port(), theirs.piece_bytes,
      hello_.piece_bytes);
}

void ControlSwarm::link_down(PeerLink& link) {
  links_.erase(link.key());
  spdlog::info("member {} left", link.hello().node.brief());
  callbacks_.down(link);
}

void ControlSwarm::link_message(PeerLink& link, Message message) {
  callbacks_.message(link, std::move(message));
}

void ControlSwarm::files_checked() {
  checked_ = true;
  tick();
}

}  // namespace shoal::p2p
