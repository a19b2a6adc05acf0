#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/torrent_handle.hpp>

#include "p2p/contacts.h"
#include "p2p/neighbours.h"
#include "p2p/peer_link.h"

namespace shoal::p2p {

// The control torrent: the connections over which members ask each other for blobs, descriptors and
// tags. Its own are to neighbours, all members in a small cluster, and to contacts of blobs; others
// come in. Keeps connecting to those that are not there, and lets go of connections that it made and
// no longer needs where there are more than neighbours.   Thread  the swarm's.
class ControlSwarm final : public LinkEvents, public std::enable_shared_from_this<ControlSwarm> {
 public:
  // What the engine does about messages.
  struct Callbacks {
    std::function<void(PeerLink&)> up;
    std::function<void(PeerLink&)> down;
    std::function<void(PeerLink&, Message)> message;
  };
  // `neighbours_max` is also half of how many may connect to us. Who comes then is a guest: it stays as long as
  // there is talk of a blob with it, and kGuestsMax of them at most.
  ControlSwarm(lt::io_context& io, Hello hello, std::size_t neighbours_max, Callbacks callbacks);

  void attach(lt::torrent_handle torrent) { torrent_ = std::move(torrent); }
  // All that discovery found.
  void set_members(const std::vector<lt::tcp::endpoint>& members);
  const Neighbours& neighbours() const { return neighbours_; }

  // Connects to `member` until release(blob). `deference`: how long it may connect to us first: of two
  // that hear of each other at once, one should wait.
  void contact(const Digest& blob, const lt::tcp::endpoint& member,
               std::chrono::milliseconds deference);
  void release(const Digest& blob);

  // Connects to who is not connected. Call it once a second.
  void tick();
  // Nothing of it stays behind on the io_context.
  void stop() { soon_.cancel(); }

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
  using TimePoint = std::chrono::steady_clock::time_point;
  void connect(TimePoint now);
  void let_go(TimePoint now);
  void arm();
  bool is_full() const;
  void see_off_guests(TimePoint now);

  Hello hello_;
  Callbacks callbacks_;
  lt::torrent_handle torrent_;
  bool checked_ = false;
  Neighbours neighbours_;
  Contacts contacts_;
  std::map<PeerKey, PeerLink*> links_;
  std::map<PeerKey, TimePoint> guests_;  // those of them that came when we were full: until when
  std::set<NodeId> misfits_;             // of which the log has a line
  boost::asio::steady_timer soon_;
  TimePoint soon_at_ = TimePoint::max();
};

}  // namespace shoal::p2p
