#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/descriptor.h"
#include "base/metrics.h"
#include "base/repository.h"
#include "base/resolution.h"
#include "base/result.h"
#include "base/task.h"
#include "p2p/cluster_secret.h"
#include "p2p/evidence.h"
#include "p2p/types.h"
#include "pki/credentials.h"
#include "store/blob_file.h"

namespace shoal::p2p {

struct SwarmOptions {
  std::string listen = "0.0.0.0:6881";  // TCP, this address only
  // The directory's, UDP, on the same address. Without TLS it is the port of `listen`, whatever stands
  // here; with TLS 0 is the number after that.
  std::uint16_t dht_port = 0;
  std::string cluster = "default";  // only nodes with the same name meet
  std::uint32_t piece_bytes = 0;    // the store's, which all members have in common
  std::uint64_t upload_rate = 0;    // bytes per second; 0 = no limit
  std::uint64_t download_rate = 0;
  // What members show each other; nullptr: nobody shows anything, and all traffic is plain.
  std::shared_ptr<const pki::Credentials> credentials;
  std::string zone;              // where this node is, as is_zone(); empty = unknown
  int upload_slots = 0;          // peers that are served at the same time; 0 = all
  int connections = 4000;        // of all torrents together
  int connections_per_blob = 0;  // 0 = no limit of its own
  // Bytes of blocks that wait to be written or sent, half for each: of all blobs together, of one.
  std::size_t memory = 16 * 1024 * 1024;
  std::size_t memory_per_blob = 8 * 1024 * 1024;
  // Members to stay connected to for questions; twice as many may connect to us. Others are found in
  // the directory.
  std::size_t neighbours = 64;
  // How long a blob's swarm waits for the directory's first answers. The second look-up, after 0.1 s,
  // finds who wished for the blob in the same instant; until its answer is in, it is not known whether
  // anybody has it.
  std::chrono::milliseconds look_time{150};
  // Signs the cluster's records of tags; without it none are kept.
  std::optional<ClusterSecret> cluster_secret;
  // How long a node that sent a bad piece, or vouched for one, is kept out; 0 = only from that blob.
  std::chrono::milliseconds ban_time{std::chrono::hours(1)};
};

// What happens in one blob's swarm, told on the reactor. A *peer* is a connection that pieces travel
// on; a *member* is a node that is downloading the blob too, known from the control torrent. Most
// nodes are both, in either order.
class BlobListener {
 public:
  virtual ~BlobListener() = default;
  virtual void peer_joined(PeerKey peer, const NodeId& node) = 0;
  virtual void peer_left(PeerKey peer) = 0;
  // The first call says all it has, perhaps nothing; later ones what came since.
  virtual void peer_has(PeerKey peer, const Pieces& pieces) = 0;
  virtual void peer_has_all(PeerKey peer) = 0;
  // Present in the blob file by now; it came from a peer or was offered by us.
  virtual void piece_arrived(std::uint32_t piece) = 0;
  // Members contradict each other about this piece, here or not: upstream knows who lies.
  virtual void piece_disputed(std::uint32_t piece) = 0;
  // That one needs no look at upstream any more.
  virtual void piece_settled(std::uint32_t piece) = 0;
  // Only liars vouched for these, so peers are not asked for them: it is as if nobody offered them,
  // until somebody else has them first-hand (`tainted` is false then).
  virtual void pieces_tainted(const Pieces& pieces, bool tainted) = 0;
  // These nodes were connected before the swarm was begun anew, and will be in a moment.
  virtual void peers_expected(const std::vector<NodeId>& nodes) = 0;
  // Who answers for these pieces is not to be trusted: drop them, then call Membership::rejoin().
  // None: just that.
  virtual void pieces_distrusted(const Pieces& pieces) = 0;

  // Our Want went out to so many nodes; each answers once, or never.
  virtual void members_asked(std::size_t members) = 0;
  virtual void member_answered(const NodeId& node, Holding holding) = 0;
  // Its claims follow at once, before its answer to our Want.
  virtual void member_joined(const NodeId& node, bool eligible) = 0;
  virtual void member_left(const NodeId& node) = 0;
  virtual void member_eligible(const NodeId& node, bool eligible) = 0;
  virtual void member_claims(const NodeId& node, const Pieces& pieces) = 0;
  virtual void member_releases(const NodeId& node, const Pieces& pieces) = 0;
};

// What other members may ask of this node, answered on the reactor.
class SwarmHost {
 public:
  virtual ~SwarmHost() = default;
  // A member wants this blob. If we have any of it we must be in its swarm (join()) when this ends;
  // the member is then connected to.
  virtual Awaitable<Holding> wanted(Descriptor descriptor) = 0;
  virtual Awaitable<std::optional<Descriptor>> describe(Digest digest) = 0;
  // By a digest: only where it belongs there and anybody may read it.
  virtual Awaitable<std::optional<Resolution>> resolve(Repository repository,
                                                       Reference reference) = 0;
};

class Engine;

// Our part in one blob's swarm; leaving it is destroying this. Its calls do not block: they are
// carried out on the swarm's thread.   Thread  the reactor's.
class Membership {
 public:
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  // A piece that came from upstream, or was found to be the same there, is present in the blob file:
  // offers it, and bears witness to its CRC32C.
  void offer(std::uint32_t piece, std::uint32_t crc);
  void claim(Pieces pieces);
  void release(Pieces pieces);
  void set_eligible(bool eligible);
  // These are wanted before all others; replaces what was said before.
  void prefer(Pieces pieces);

  // --- trust ---
  // Upstream's copy of the piece has this CRC32C, and what is (or was) here is not the same. Who
  // answers for it is banned.
  void prove(std::uint32_t piece, std::uint32_t crc);
  // Who answers for the pieces present whose truth is not known. `told` runs on the reactor, after all
  // that happened before has reached the listener.
  void suspects(std::function<void(Evidence::Suspects)> told);
  // Upstream cannot say who is right about a disputed piece.
  void give_up(std::uint32_t piece);
  // Nobody comes up with what is tainted: peers are asked for it after all.
  void lift_taints();
  // Does without this node for this blob. Its pieces are distrusted.
  void shun(NodeId node);
  // The blob is complete: judges by it all that was said and sent.
  void verified();
  // Pieces were dropped from the blob file, or the torrent shut somebody out wrongly: begins anew with
  // what is present.
  void rejoin();

 private:
  friend class Swarm;
  struct Shared;
  explicit Membership(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

// This node's place in the cluster: a libtorrent session on a thread of its own, the control torrent
// that every member keeps, and one digest torrent for each blob that is wanted or was wanted lately.
// Thread  start() and all others: the reactor's.
class Swarm {
 public:
  // Begins to listen. `reactor` runs listeners and host; `disk_pool` does what touches the disk.
  // Errors  invalid_argument: not an address; io: the port is in use: the message names it.
  static Result<std::unique_ptr<Swarm>> start(SwarmOptions options, asio::any_io_executor reactor,
                                              asio::thread_pool& disk_pool, Metrics& metrics);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  const NodeId& self() const;
  std::uint16_t port() const;

  // Whom to ask; must outlive the swarm, or be cleared with nullptr. Set before set_peers().
  void set_host(SwarmHost* host);
  // All members that are known; it stays connected to options.neighbours of them. Our own address may be
  // among them.
  void set_peers(std::vector<asio::ip::tcp::endpoint> peers);
  // New connections use these; those that are there go on. Only for a swarm that was started with
  // credentials.
  void set_credentials(std::shared_ptr<const pki::Credentials> credentials);
  // Members connected now.
  std::size_t peers() const;
  // Members that the directory knows, as of the last count.
  std::size_t directory_nodes() const;

  // Joins the swarm of `blob` (of more than zero bytes). `want`: ask all members for it.
  // `listener` may die early; it is told nothing then.
  std::unique_ptr<Membership> join(std::shared_ptr<store::BlobFile> blob,
                                   std::weak_ptr<BlobListener> listener, bool want);

  // Blobs that are complete here are announced in the directory until they are dropped; `fresh` ones,
  // that nobody knows of yet, before all others. Cheap: no torrent, no look at the disk.   Thread  any.
  void hold(std::vector<Digest> digests, bool fresh);
  void drop(const Digest& digest);

  // What upstream has just answered for a tag becomes a record of the cluster, if it keeps records.
  void publish(Repository repository, Tag tag, Resolution answer);

  // Asks the members connected and the cluster's records.
  // Errors  not_found: nobody knew before `deadline`.
  Awaitable<Result<Descriptor>> describe(Digest digest,
                                         std::chrono::steady_clock::time_point deadline);
  // The same for a tag. Waits for all answers, or `deadline`, and takes the one that was confirmed last.
  Awaitable<Result<Resolution>> resolve(Repository repository, Reference reference,
                                        std::chrono::steady_clock::time_point deadline);

  // Disconnects from everybody and ends the thread. The destructor does so too.
  void stop();

 private:
  explicit Swarm(std::shared_ptr<Engine> engine);
  std::shared_ptr<Engine> engine_;
};

}  // namespace shoal::p2p
