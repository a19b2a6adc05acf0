#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"
#include "p2p/fetch_planner.h"
#include "transfer/blob_source.h"
#include "transfer/context.h"
#include "transfer/download_metrics.h"
#include "transfer/piece_audit.h"
#include "transfer/piece_sink.h"
#include "transfer/readers.h"
#include "transfer/running_fetches.h"
#include "transfer/served_bytes.h"
#include "transfer/swarm_feed.h"
#include "transfer/upstream_route.h"

namespace shoal::transfer {

// One blob on its way here, shared by all who read it: joins the blob's swarm, is one of its fetchers,
// hashes what comes, and calls the blob complete only when its digest matched.
// Kept alive by its own coroutines and its readers.   Thread  the reactor's.
class Download final : public std::enable_shared_from_this<Download> {
 public:
  enum class State { running, complete, failed, canceled };

  // `ended` is called once, when the state leaves running.
  Download(Context& context, std::shared_ptr<store::BlobFile> blob, std::vector<Repository> hints,
           std::function<void(Download&)> ended);
  ~Download();

  void start();
  // Stops as soon as can be; what is here stays for the next time.
  void cancel();

  const Descriptor& descriptor() const { return blob_->descriptor(); }
  const std::shared_ptr<store::BlobFile>& blob() const { return blob_; }
  State state() const { return state_; }
  void add_hints(const std::vector<Repository>& hints);
  // Where else to turn if it ends because the disk cannot take it.
  const UpstreamRoute& route() const { return route_; }
  const std::string& registry_label() const { return registry_label_; }
  Context& context() { return context_; }
  // Our place in the swarm, for whoever keeps the blob seeded after the download.
  std::unique_ptr<p2p::Membership> release_membership() { return std::move(membership_); }
  // What keeps our view of the swarm.
  std::shared_ptr<SwarmFeed> release_feed() { return std::exchange(feed_, nullptr); }

  // Pieces that a reader may have been given and that are no longer the same.
  const std::vector<ReplacedPiece>& replaced() const { return replaced_; }
  void reader_came() { ++readers_open_; }
  void reader_left();
  // See BlobHandle::read().
  Awaitable<Result<Extent>> read(ByteRange wanted, SteadyTime deadline);

 private:
  Awaitable<void> run();
  Awaitable<Result<void>> fetch_all();
  Awaitable<void> fetch(RunningFetches::Handle running, Repository repository);
  // Waits until the others have heard our claim.   Returns  whether the pieces are still ours to fetch.
  Awaitable<bool> claim_stands(RunningFetches::Handle running);
  Awaitable<void> hash_along();
  Awaitable<void> checkpoint(bool force);
  Awaitable<Result<void>> commit();

  // --- trust: see README.md, "Who lies?" ---
  void came_from_upstream(const PieceSink::Came& came);
  // These will be dropped and fetched again.
  void distrust(const p2p::Pieces& pieces);
  Awaitable<void> drop_distrusted();
  void notice_lost_pieces();
  void dispute(std::uint32_t piece);
  void settled_without_us(std::uint32_t piece);
  Awaitable<void> settle_disputes();
  // Compares the piece with upstream's, and has the swarm judge by it.
  // Returns  whether it is the same; nothing: upstream cannot be asked.
  Awaitable<std::optional<bool>> audit(std::uint32_t piece);
  void judge(std::uint32_t piece, const Audited& audited);
  Awaitable<p2p::Evidence::Suspects> suspects();
  // The whole does not match its digest.
  // Returns  whether there is reason to try again.
  Awaitable<bool> repair();
  Awaitable<bool> question_peers();
  // Leaves the swarm; nothing of the blob is here any more.
  Awaitable<void> forget_all();

  void join_swarm();
  void leave_swarm();
  const p2p::SwarmView& view() const;
  void launch_fetches(SteadyTime now);
  // Whether a fetch of `asked` that is about to bring `coming` shall go on.
  bool welcome(ByteRange coming, ByteRange asked, const void* fetch);
  bool any_missing(const p2p::Pieces& pieces) const;
  void give_back(const p2p::Pieces& pieces);
  void prefer_urgent(const std::vector<p2p::UrgentPiece>& urgent);
  void set_eligible(bool eligible);
  void piece_present(std::uint32_t piece, ByteSource source);
  void count_arrival(std::uint32_t piece, ByteSource source);
  bool settled(SteadyTime now) const;
  bool hopeless(SteadyTime now) const;
  bool abandoned(SteadyTime now) const;
  void end(State state, std::optional<Error> error);
  std::uint64_t sendable_from(std::uint64_t offset) const;

  Context& context_;
  std::shared_ptr<store::BlobFile> blob_;
  std::function<void(Download&)> ended_;
  State state_ = State::running;
  std::optional<Error> error_;
  Event changed_;

  UpstreamRoute route_;
  bool eligible_ = true;
  bool swarm_allowed_ = true;
  RunningFetches fetches_;
  bool ranges_ignored_ = false;         // by the registry
  const void* whole_stream_ = nullptr;  // the fetch that gets the whole blob, where they are
  p2p::FetchPlanner planner_;
  p2p::SwarmView lonely_view_;  // where there is no swarm
  std::shared_ptr<SwarmFeed> feed_;
  std::unique_ptr<p2p::Membership> membership_;

  std::vector<bool> have_;
  std::vector<bool> fetching_;
  std::size_t missing_ = 0;
  std::set<std::uint32_t> distrusted_;
  bool rejoin_due_ = false;
  std::deque<std::uint32_t> disputes_;
  bool settling_ = false;
  int repairs_ = 0;
  bool refetched_ = false;
  std::vector<ReplacedPiece> replaced_;
  Readers readers_;
  p2p::Pieces preferred_;
  std::uint32_t readers_open_ = 0;
  const std::string registry_label_;
  Provenance provenance_;
  SteadyTime started_;
  SteadyTime idle_since_;
  SteadyTime last_arrival_;   // of a piece from a peer
  SteadyTime last_progress_;  // of a piece from anywhere
  bool hashing_ = false;
  bool checkpointing_ = false;
};

}  // namespace shoal::transfer
