#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <libtorrent/torrent_handle.hpp>

#include "p2p/peer_link.h"

namespace shoal::p2p {

// The control torrent: one connection to every member, over which members ask each other for blobs,
// descriptors and tags. Keeps connecting to members that are not there.   Thread  the swarm's.
class ControlSwarm final : public LinkEvents {
 public:
  // What the engine does about messages.
  struct Callbacks {
    std::function<void(PeerLink&)> up;
    std::function<void(PeerLink&)> down;
    std::function<void(PeerLink&, Message)> message;
  };
  ControlSwarm(Hello hello, Callbacks callbacks)
      : hello_(std::move(hello)), callbacks_(std::move(callbacks)) {}

  void attach(lt::torrent_handle torrent) { torrent_ = std::move(torrent); }
  void set_members(std::vector<lt::tcp::endpoint> members);
  // Connects to members that are not connected. Call it once a second.
  void tick();

  const std::map<PeerKey, PeerLink*>& links() const { return links_; }
  PeerLink* find(PeerKey key) const;

  Hello hello() override { return hello_; }
  void link_up(PeerLink& link) override;
  void link_misfit(const Hello& theirs, const lt::tcp::endpoint& listens_at) override;
  void link_down(PeerLink& link) override;
  void link_message(PeerLink& link, Message message) override;
  void link_has(PeerLink&, const Pieces&) override {}
  void link_has_all(PeerLink&) override {}
  void link_sends(PeerLink&) override {}
  void piece_passed(std::uint32_t) override {}
  void files_checked() override;
  void payload_sent(PeerLink&, int) override {}
  void payload_received(PeerLink&, int) override {}

 private:
  Hello hello_;
  Callbacks callbacks_;
  lt::torrent_handle torrent_;
  bool checked_ = false;
  std::vector<lt::tcp::endpoint> members_;
  std::map<PeerKey, PeerLink*> links_;
  std::set<NodeId> misfits_;  // of which the log has a line
};

}  // namespace shoal::p2p
