#pragma once

#include <cstdint>
#include <functional>

#include "loadtest/simulation/post.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// What FetcherElection wants done for each node: candidates gossiped, the view told, the other fetchers
// met. Nothing at all where options.gossip is off.
class Elections {
 public:
  // `meet`: a node wants a connection to another fetcher, who is alive.
  Elections(World& world, Post& post,
            std::function<void(std::uint32_t node, std::uint32_t fellow)> meet)
      : world_(world), post_(post), meet_(std::move(meet)) {}

  // Something may have changed in the node's election.
  void moved(std::uint32_t node);
  // The event `gossip_round`.
  void round(std::uint32_t node);

 private:
  void gossip(std::uint32_t node);
  void meet_fellows(std::uint32_t node);

  World& world_;
  Post& post_;
  std::function<void(std::uint32_t, std::uint32_t)> meet_;
};

}  // namespace shoal::simulation
