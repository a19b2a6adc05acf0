#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/torrent_handle.hpp>

#include "base/metrics.h"
#include "p2p/disk_adapter.h"
#include "p2p/evidence.h"
#include "p2p/peer_link.h"
#include "p2p/piece_window.h"
#include "p2p/swarm.h"
#include "store/blob_file.h"

namespace shoal::p2p {

// One blob's torrent in the session, seen from the swarm's thread: translates between libtorrent's
// events and ours, and passes what happens on to the listener on the reactor. It also keeps the
// control connections of the members that are downloading the blob too, and tells them what we fetch.
// While the blob arrives it keeps the evidence of who sent what, and sees to it that nobody who lies
// stays (blob_swarm_trust.cc).
// Thread  the swarm's.
class BlobSwarm final : public LinkEvents,
                        public PieceGuard,
                        public std::enable_shared_from_this<BlobSwarm> {
 public:
  struct Params {
    Params(Hello hello_in, lt::io_context& swarm_thread_in, asio::any_io_executor reactor_in,
           DiskQueue::Strand disk_in, Metrics& metrics_in)
        : hello(std::move(hello_in)),
          swarm_thread(swarm_thread_in),
          reactor(std::move(reactor_in)),
          disk(std::move(disk_in)),
          metrics(metrics_in) {}
    Hello hello;
    lt::io_context& swarm_thread;
    asio::any_io_executor reactor;
    DiskQueue::Strand disk;
    Metrics& metrics;
    // Somebody lied about this blob.
    std::function<void(const BlobSwarm&, const Accusation&)> convict;
    // Whether the node at the other end is banned.
    std::function<bool(const PeerLink&)> banned;
  };
  // `eligible`: whether we would go upstream for the blob.
  BlobSwarm(Params params, std::shared_ptr<store::BlobFile> blob,
            std::weak_ptr<BlobListener> listener, bool want);

  // The torrent is in the session now.
  void attach(lt::torrent_handle torrent) { torrent_ = std::move(torrent); }
  const lt::torrent_handle& torrent() const { return torrent_; }
  const std::shared_ptr<store::BlobFile>& blob_file() const { return blob_; }
  const store::BlobFile& blob() const { return *blob_; }
  const DiskQueue::Strand& disk() const { return params_.disk; }

  void connect(const lt::tcp::endpoint& peer);
  // A piece that is here first-hand: offers it and bears witness to it.
  void offer(std::uint32_t piece, std::uint32_t crc);
  void claim(const Pieces& pieces);
  void release(const Pieces& pieces);
  void set_eligible(bool eligible);
  bool eligible() const { return eligible_; }
  // Readers wait for these: peers are asked for them, and for the first ones that are missing, before
  // others.
  void prefer(Pieces pieces);

  // The member at the other end of this control connection is downloading the blob too: it is told
  // what we are fetching, now and from now on.
  void add_member(PeerLink& control, bool eligible);
  void remove_member(PeerKey control);
  void member_message(const PeerLink& control, const Message& message);
  // Tells a member what we had first-hand.
  void send_words(PeerLink& control) const;

  // --- trust ---
  // The truth about a piece, which is not what is here, if it is here.
  void prove(std::uint32_t piece, std::uint32_t crc);
  // The whole matched its digest: all is proven, and the evidence has done its work.
  void verified();
  // Takes nothing more from this node for this blob; what it answers for is distrusted. `lied`: it bore
  // false witness, so what it alone vouched for is not asked for until somebody else does.
  void shun(const NodeId& node, bool lied);
  // The truth about a disputed piece is not to be had: libtorrent may drop it.
  void give_up(std::uint32_t piece);
  // Asks peers for what liars vouched for, all the same.
  void lift_taints();
  const std::set<std::uint32_t>& tainted() const { return tainted_; }
  // Lets go of what libtorrent waits for an answer about.
  void drop_parked() { parked_.clear(); }
  Evidence::Suspects suspects() const;
  void says_complete(const NodeId& node);
  // Where the connection of this node comes from, if it has one.
  std::optional<lt::tcp::endpoint> whereabouts(const NodeId& node) const;
  const std::map<PeerKey, PeerLink*>& links() const { return links_; }
  // The torrent is about to leave the session, to be added anew with what is present then.
  void detach();
  // After that: connects to all who were connected before and are welcome still.
  void reconnect();

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
  void link_misfit(const Hello&, const lt::tcp::endpoint&) override {}  // the control swarm says it
  void link_down(PeerLink& link) override;
  void link_message(PeerLink& link, Message message) override;
  void link_has(PeerLink& link, const Pieces& pieces) override;
  void link_has_all(PeerLink& link) override;
  void link_sends(PeerLink& link) override;
  void piece_passed(std::uint32_t piece) override;
  void files_checked() override;
  void payload_sent(PeerLink& link, int bytes) override;
  void payload_received(PeerLink& link, int bytes) override;

  void block_taken(std::uint32_t piece) override;
  std::vector<std::uint32_t> acceptable(std::uint32_t piece) const override;
  void piece_hashed(std::uint32_t piece, store::BlobFile::Finished finished,
                    Answer answer) override;

 private:
  // What may wait a moment, so that much of it is told at once: peers say what they have a
  // thousand times a second.
  void tell_soon(Word what);
  void tell_all();
  void broadcast(const Message& message);
  void hand_over(std::uint32_t piece);
  void hear(const NodeId& node, const Witness& witness);
  void act_on(const Evidence::Findings& findings);
  void disconnect(const NodeId& node);
  void taint();
  void untaint(std::uint32_t piece);
  void drop_liars_parked();
  bool unwelcome(const NodeId& node) const;
  bool all_unwelcome(const std::vector<NodeId>& nodes) const;
  void connect_missing();
  void send_claims(PeerLink& control) const;
  void move_window();
  void move_window_soon();

  Params params_;
  std::shared_ptr<store::BlobFile> blob_;
  std::weak_ptr<BlobListener> listener_;
  lt::torrent_handle torrent_;
  bool checked_ = false;
  Pieces offered_early_;  // before the torrent takes pieces
  std::set<std::uint32_t> claims_;
  std::set<PeerKey> had_nothing_;
  Pieces preferred_;
  PieceWindow window_;
  bool window_moves_ = false;  // move_window() is posted
  bool eligible_;
  std::map<PeerKey, PeerLink*> members_;  // control connections
  std::vector<Word> untold_;
  asio::steady_timer tell_timer_;
  std::map<PeerKey, PeerLink*> links_;  // the blob's own
  std::map<NodeId, lt::tcp::endpoint> met_;
  const PeerLink* sending_ = nullptr;   // the block that libtorrent looks at right now
  int untaken_bytes_ = 0;               // of it, until libtorrent takes it
  std::unique_ptr<Evidence> evidence_;  // while the blob arrives
  std::vector<bool> first_hand_;        // pieces that we bear witness to
  std::set<NodeId> shunned_;
  std::set<NodeId> liars_;  // of the shunned
  std::set<std::uint32_t> tainted_;
  bool taints_lifted_ = false;
  std::map<std::uint32_t, Answer> parked_;  // refused pieces that libtorrent waits for
  std::vector<NodeId> leaving_;             // who was connected when the torrent was taken out
  asio::steady_timer reconnect_timer_;
  // By libtorrent, for pieces that we refused; honest if a witness lied.
  std::set<NodeId> shut_out_;
};

}  // namespace shoal::p2p
