#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/torrent_handle.hpp>

#include "base/metrics.h"
#include "p2p/peer_link.h"
#include "p2p/swarm.h"
#include "store/blob_file.h"

namespace shoal::p2p {

// One blob's torrent in the session, seen from the swarm's thread: translates between libtorrent's
// events and ours, and passes what happens on to the listener on the reactor. It also keeps the
// control connections of the members that are downloading the blob too, and tells them what we fetch.
// Thread  the swarm's.
class BlobSwarm final : public LinkEvents, public std::enable_shared_from_this<BlobSwarm> {
 public:
  struct Params {
    Params(Hello hello_in, lt::io_context& swarm_thread_in, asio::any_io_executor reactor_in,
           Metrics& metrics_in)
        : hello(std::move(hello_in)),
          swarm_thread(swarm_thread_in),
          reactor(std::move(reactor_in)),
          metrics(metrics_in) {}
    Hello hello;
    lt::io_context& swarm_thread;
    asio::any_io_executor reactor;
    Metrics& metrics;
  };
  // `eligible`: whether we would go upstream for the blob.
  BlobSwarm(Params params, std::shared_ptr<store::BlobFile> blob,
            std::weak_ptr<BlobListener> listener, bool eligible);

  // The torrent is in the session now.
  void attach(lt::torrent_handle torrent) { torrent_ = std::move(torrent); }
  const lt::torrent_handle& torrent() const { return torrent_; }
  const store::BlobFile& blob() const { return *blob_; }

  void connect(const lt::tcp::endpoint& peer);
  void offer(std::uint32_t piece);
  void claim(const Pieces& pieces);
  void release(const Pieces& pieces);
  void set_eligible(bool eligible);
  bool eligible() const { return eligible_; }
  void prefer(const Pieces& pieces);

  // The member at the other end of this control connection is downloading the blob too: it is told
  // what we are fetching, now and from now on.
  void add_member(PeerLink& control, bool eligible);
  void remove_member(PeerKey control);
  void member_message(const PeerLink& control, const Message& message);
  // We are about to leave: nobody shall wait for us.
  void say_goodbye();
  // A member answered our Want with nothing; `member` is its connection on the control torrent.
  void note_nothing(PeerKey member) { had_nothing_.insert(member); }
  bool had_nothing(PeerKey member) const { return had_nothing_.contains(member); }

  // Tells the listener, on the reactor, if it still lives; in the order of these calls.
  using Word = std::function<void(BlobListener&)>;
  void tell(Word what);

  Hello hello() override { return params_.hello; }
  void link_up(PeerLink& link) override;
  void link_down(PeerLink& link) override;
  void link_message(PeerLink& link, Message message) override;
  void link_has(PeerLink& link, const Pieces& pieces) override;
  void link_has_all(PeerLink& link) override;
  void piece_passed(std::uint32_t piece) override;
  void files_checked() override;
  void payload_sent(PeerLink& link, int bytes) override;
  void payload_received(PeerLink& link, int bytes) override;

 private:
  // What may wait a moment, so that much of it is told at once: peers say what they have a
  // thousand times a second.
  void tell_soon(Word what);
  void tell_all();
  void broadcast(const Message& message);
  void send_claims(PeerLink& control) const;

  Params params_;
  std::shared_ptr<store::BlobFile> blob_;
  std::weak_ptr<BlobListener> listener_;
  lt::torrent_handle torrent_;
  bool checked_ = false;
  Pieces offered_early_;  // before the torrent takes pieces
  std::set<std::uint32_t> claims_;
  std::set<PeerKey> had_nothing_;
  Pieces preferred_;
  bool eligible_;
  std::map<PeerKey, PeerLink*> members_;  // control connections
  std::vector<Word> untold_;
  asio::steady_timer tell_timer_;
};

}  // namespace shoal::p2p
