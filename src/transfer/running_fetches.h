#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "p2p/swarm_view.h"
#include "p2p/types.h"

namespace shoal::transfer {

// The upstream requests of one download that are under way: how fast they are, and which of their
// claims must be said again so that the others go on leaving those pieces to us. A request that gets
// no bytes is not claimed again: others may take its pieces. Pure.
class RunningFetches {
 public:
  struct Fetch {
    Fetch(p2p::Pieces pieces_in, p2p::Time now)
        : pieces(std::move(pieces_in)), started(now), claimed_at(now) {}
    p2p::Pieces pieces;
    p2p::Time started;
    p2p::Time claimed_at;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_when_claimed = 0;
  };
  using Handle = std::list<Fetch>::iterator;

  Handle start(p2p::Pieces pieces, p2p::Time now);
  void end(Handle fetch, p2p::Time now);
  std::size_t count() const { return running_.size(); }

  // Of one request, from its start to its end, lately; 0 = none has ended yet.
  std::uint64_t bytes_per_second() const { return bytes_per_second_; }
  // The pieces whose claims are due.
  p2p::Pieces claims_due(p2p::Time now);

 private:
  std::list<Fetch> running_;
  std::uint64_t bytes_per_second_ = 0;
};

}  // namespace shoal::transfer
