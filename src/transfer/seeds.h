#pragma once

#include <cstdint>
#include <memory>

#include "base/digest.h"
#include "base/event.h"
#include "base/recency_map.h"
#include "p2p/swarm.h"
#include "transfer/options.h"
#include "transfer/swarm_feed.h"

namespace shoal::transfer {

// Blobs that are whole and stay in the swarm for a while after somebody wanted them. Each holds its blob
// open, and so on the disk, until it is let go.   Thread  the reactor's.
class Seeds {
 public:
  explicit Seeds(const TransferOptions& options) : options_(options) {}

  // One that is here already counts as wanted again, and `membership` ends.
  void keep(const Digest& digest, std::uint64_t size, std::unique_ptr<p2p::Membership> membership,
            std::shared_ptr<SwarmFeed> feed);
  // It is wanted.   Returns  whether it is here.
  bool touch(const Digest& digest);
  // Lets blobs go that no peer is taking from us, those first that nobody wanted for the longest, until
  // they have `bytes`: their place on the disk is free a moment later, once the swarm's thread has let
  // go too.   Returns  how many bytes they have.
  std::uint64_t release(std::uint64_t bytes);
  // The same for one blob.   Returns  false where a peer is taking it.
  bool release(const Digest& digest);
  // What release() could bring at the most.
  std::uint64_t idle_bytes() const;
  void clear();

 private:
  struct Seed {
    std::uint64_t size;
    std::unique_ptr<p2p::Membership> membership;
    std::shared_ptr<SwarmFeed> feed;
    SteadyTime last_wanted;
    bool is_idle() const { return !feed || feed->view().peers_lacking() == 0; }
  };
  void drop_idle(SteadyTime now);

  const TransferOptions& options_;
  RecencyMap<Digest, Seed> seeds_;
};

}  // namespace shoal::transfer
