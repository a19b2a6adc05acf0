#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/session.hpp>

#include "base/metrics.h"
#include "p2p/ban_list.h"
#include "p2p/blob_swarm.h"
#include "p2p/control_swarm.h"
#include "p2p/digest_torrent.h"
#include "p2p/disk_adapter.h"
#include "p2p/handshake_deadline.h"
#include "p2p/handshake_failures.h"
#include "p2p/peer_classes.h"
#include "p2p/rendezvous.h"
#include "p2p/swarm.h"
#include "p2p/tls_contexts.h"

namespace shoal::p2p {

// The swarm's thread and all that lives on it: the libtorrent session, the control torrent, the blob
// torrents. Swarm and Membership are its face on the reactor; they reach it with post().
class Engine final : public std::enable_shared_from_this<Engine> {
 public:
  using BlobKey = std::uint64_t;  // one join

  Engine(SwarmOptions options, asio::any_io_executor reactor, asio::thread_pool& disk_pool,
         Metrics& metrics);
  ~Engine();

  // Starts session and thread; waits until it listens.   Thread  the reactor's.
  Result<void> start();
  void stop();
  const NodeId& self() const { return self_; }
  std::uint16_t port() const { return port_; }
  const asio::any_io_executor& reactor() const { return reactor_; }
  std::size_t members() const { return members_.load(); }
  std::size_t directory_nodes() const { return directory_nodes_.load(); }

  // Runs `work` on the swarm's thread, in the order of posting; dropped once stopped.   Thread  any.
  void post(std::function<void(Engine&)> work);

  // --- on the reactor ---
  void set_host(SwarmHost* host) { host_ = host; }
  // Sends `make(query)` to the members connected, looks up `record`, and gives each Answer to `heard`,
  // until it returns true or the deadline passed or all have answered.
  Awaitable<void> ask(std::function<Message(std::uint64_t)> make, RecordName record,
                      std::function<bool(const Answer&)> heard,
                      std::chrono::steady_clock::time_point deadline);

  // --- on the swarm's thread ---
  void join(BlobKey key, std::shared_ptr<store::BlobFile> blob,
            std::weak_ptr<BlobListener> listener, bool want);
  void leave(BlobKey key);
  void set_credentials(std::shared_ptr<const pki::Credentials> credentials);
  // Takes the torrent out and adds it again with the pieces that are present: libtorrent has no other
  // way to lose a piece, or to forgive a peer. Members, claims and evidence stay.
  void rejoin(BlobKey key);
  BlobSwarm* find(BlobKey key);
  ControlSwarm& control() { return *control_; }
  Rendezvous& rendezvous() { return rendezvous_; }
  void set_known_members(const std::vector<lt::tcp::endpoint>& members);
  // This blob is complete here, or not wanted any more: nobody else is looked for.
  void end_search(BlobKey key);

 private:
  struct Query;

  Result<void> make_session();
  Result<void> listen_outcome();
  void abort_when_quiet(lt::session_proxy& proxy, std::chrono::steady_clock::time_point deadline);
  void on_alerts();
  Transport transport() const { return tls_ ? Transport::tls : Transport::plain; }
  lt::torrent_handle add_torrent(lt::add_torrent_params params);
  void add_control_torrent();
  void tick();
  void open_rendezvous();
  // Asks the members connected for the blob and begins to look for others.
  void begin_search(BlobKey key);
  void on_found(const Digest& digest, const std::vector<lt::tcp::endpoint>& members);
  // Whether there are probably members that our questions do not reach.
  bool sees_a_part() const;
  void bootstrap_directory();
  void look_up(std::uint64_t query, const RecordName& record, Rendezvous::Duration time_max);
  void on_member_up(PeerLink& link);
  void on_member_down(PeerLink& link);
  void on_member_message(PeerLink& link, Message message);
  void on_want(PeerLink& link, const Want& want);
  Hello hello() const {
    return Hello(self_, port_, dht_port_, options_.zone, options_.piece_bytes);
  }
  static Awaitable<void> serve_want(std::shared_ptr<Engine> self, PeerKey peer, Want want);
  static Awaitable<void> serve_describe(std::shared_ptr<Engine> self, PeerKey peer,
                                        Describe question);
  static Awaitable<void> serve_resolve(std::shared_ptr<Engine> self, PeerKey peer,
                                       Resolve question);
  void on_answer(PeerKey peer, const Answer& answer);
  void answer_want(PeerKey peer, const Want& want, Holding holding);
  void on_here(PeerLink& link, const Here& here);
  void on_fetcher_message(PeerLink& link, const Message& message);
  void add_to_session(const std::shared_ptr<BlobSwarm>& swarm);
  void convict(const BlobSwarm& swarm, const Accusation& accusation);
  // Keeps the node out for options_.ban_time, from every blob and from the control torrent.
  // Returns  false where it was banned before, or is not to be found.
  bool ban(const NodeId& node, std::optional<lt::tcp::endpoint> seen_at, Fault fault);
  bool banned(const PeerLink& link) const;
  void apply_bans();
  // Ends connections that nobody has made himself known on.
  void end_strangers(std::chrono::steady_clock::time_point now);
  void reply(PeerKey peer, Message message);

  SwarmOptions options_;
  asio::any_io_executor reactor_;
  asio::thread_pool& disk_pool_;
  Metrics& metrics_;
  const NodeId self_ = NodeId::random();
  std::uint16_t port_ = 0;
  lt::tcp::endpoint listens_at_;
  std::optional<HandshakeDeadline> handshake_deadline_;  // with TLS; without, libtorrent has one
  std::uint16_t dht_port_ = 0;                           // 0 = the directory has no port
  std::atomic<std::size_t> members_{0};
  std::atomic<std::size_t> directory_nodes_{0};
  SwarmHost* host_ = nullptr;                                // reactor
  std::map<std::uint64_t, std::shared_ptr<Query>> queries_;  // reactor
  std::uint64_t next_query_ = 1;                             // reactor

  lt::io_context io_;
  std::optional<asio::executor_work_guard<lt::io_context::executor_type>> work_;
  std::thread thread_;
  std::optional<asio::steady_timer> tick_timer_;
  std::atomic<bool> stopped_{false};
  bool is_mesh_changed_ = false;    // since the directory heard of it
  std::optional<TlsContexts> tls_;  // empty where traffic is plain
  HandshakeFailures handshake_failures_;
  Rendezvous rendezvous_;
  std::unique_ptr<lt::session> session_;
  DiskAdapter* disk_ = nullptr;  // the session's
  std::optional<PeerClasses> classes_;
  std::shared_ptr<ControlSwarm> control_;
  BanList bans_;
  struct Joined {
    Joined(std::shared_ptr<BlobSwarm> swarm_in, bool want_in)
        : swarm(std::move(swarm_in)), want(want_in) {}
    std::shared_ptr<BlobSwarm> swarm;
    bool want;
    std::size_t asked = 0;                        // members that our Want went to
    std::unique_ptr<asio::steady_timer> looking;  // until the directory has had its time to answer
    bool wanting() const { return want && !swarm->blob().complete(); }
  };
  using Blobs = std::map<BlobKey, Joined>;
  // blobs_.end() where we are not in that blob's swarm.
  Blobs::iterator find(const Digest& digest);
  Blobs blobs_;
};

// The settings of a session of trusted nodes on a fast network. Reasons are in README.md.
lt::settings_pack session_settings(const SwarmOptions& options);

}  // namespace shoal::p2p
