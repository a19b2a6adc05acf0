#include "p2p/control_swarm.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>
#include <libtorrent/peer_info.hpp>

namespace shoal::p2p {
namespace {

constexpr std::size_t kMisfitsMax = 1000;
constexpr std::chrono::milliseconds kTickMax{1200};
constexpr std::size_t kGuestsMax = Contacts::kActiveMax;
// Who comes for a blob says so at once.
constexpr std::chrono::seconds kGuestPatience{3};

}  // namespace

ControlSwarm::ControlSwarm(lt::io_context& io, Hello hello, std::size_t neighbours_max,
                           Callbacks callbacks)
    : hello_(std::move(hello)),
      callbacks_(std::move(callbacks)),
      neighbours_(hello_.node, neighbours_max),
      soon_(io) {}

void ControlSwarm::set_members(const std::vector<lt::tcp::endpoint>& members) {
  neighbours_.set_known(members);
  connect(std::chrono::steady_clock::now());
}

void ControlSwarm::contact(const Digest& blob, const lt::tcp::endpoint& member,
                           std::chrono::milliseconds deference) {
  contacts_.add(blob, member, std::chrono::steady_clock::now() + deference);
  arm();
}

void ControlSwarm::release(const Digest& blob) {
  contacts_.release(blob, std::chrono::steady_clock::now());
}

void ControlSwarm::tick() {
  const auto now = std::chrono::steady_clock::now();
  connect(now);
  let_go(now);
  see_off_guests(now);
}

void ControlSwarm::connect(TimePoint now) {
  if (!checked_) return;
  std::set<lt::tcp::endpoint> connected;
  for (const auto& [key, link] : links_) connected.insert(link->endpoint());
  std::vector<lt::tcp::endpoint> due = neighbours_.due(connected, now);
  for (const auto& member : contacts_.due(connected, now)) due.push_back(member);
  // libtorrent ignores one it is connecting to, and waits a little before it tries one again that
  // failed. Named as coming from a tracker, a failed peer is given another chance.
  for (const auto& member : due) torrent_.connect_peer(member, lt::peer_info::tracker);
  if (!due.empty()) connect_now(torrent_);
}

// For contacts whose time comes before the next tick; many that come together are one call.
void ControlSwarm::arm() {
  if (!checked_) return;
  const TimePoint at = contacts_.next_at();
  if (at >= soon_at_ || at > std::chrono::steady_clock::now() + kTickMax) return;
  soon_at_ = at;
  soon_.expires_at(at);
  soon_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->soon_at_ = TimePoint::max();
    self->connect(std::chrono::steady_clock::now());
    self->arm();
  });
}

void ControlSwarm::let_go(TimePoint now) {
  if (links_.size() <= neighbours_.max()) return;
  const std::set<lt::tcp::endpoint> needed = contacts_.needed(now);
  std::vector<PeerLink*> surplus;
  for (const auto& [key, link] : links_) {
    const lt::tcp::endpoint member = link->endpoint();
    if (link->is_outgoing() && !neighbours_.chose(member) && !needed.contains(member)) {
      surplus.push_back(link);
    }
  }
  const std::size_t over = links_.size() - neighbours_.max();
  for (std::size_t i = 0; i < std::min(over, surplus.size()); ++i) surplus[i]->disconnect();
}

bool ControlSwarm::is_full() const {
  const auto incoming = std::count_if(links_.begin(), links_.end(), [this](const auto& entry) {
    return !entry.second->is_outgoing() && !guests_.contains(entry.first);
  });
  return static_cast<std::size_t>(incoming) >= 2 * neighbours_.max();
}

// Those that there is nothing to talk of with any more. Where there is room by now, they stay.
void ControlSwarm::see_off_guests(TimePoint now) {
  std::vector<PeerLink*> leaving;
  for (auto guest = guests_.begin(); guest != guests_.end();) {
    if (guest->second > now) {
      ++guest;
    } else if (is_full()) {
      leaving.push_back(links_.at(guest->first));
      ++guest;
    } else {
      guest = guests_.erase(guest);
    }
  }
  for (PeerLink* link : leaving) link->disconnect();
}

PeerLink* ControlSwarm::find(PeerKey key) const {
  const auto found = links_.find(key);
  return found == links_.end() ? nullptr : found->second;
}

void ControlSwarm::link_up(PeerLink& link) {
  if (!link.is_outgoing() && is_full()) {
    if (guests_.size() >= kGuestsMax) return link.disconnect();
    guests_[link.key()] = std::chrono::steady_clock::now() + kGuestPatience;
  }
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
  guests_.erase(link.key());
  if (links_.erase(link.key()) == 0) return;  // it was turned away
  spdlog::info("member {} left", link.hello().node.brief());
  callbacks_.down(link);
}

void ControlSwarm::link_message(PeerLink& link, Message message) {
  if (const auto guest = guests_.find(link.key()); guest != guests_.end()) {
    guest->second = std::chrono::steady_clock::now() + Contacts::kLinger;
  }
  callbacks_.message(link, std::move(message));
}

void ControlSwarm::files_checked() {
  checked_ = true;
  tick();
  arm();
}

}  // namespace shoal::p2p
