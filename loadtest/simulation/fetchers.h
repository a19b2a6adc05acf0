#pragma once

#include <functional>
#include <vector>

#include "loadtest/simulation/exchange.h"
#include "loadtest/simulation/origin.h"
#include "loadtest/simulation/post.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// How nodes go upstream: what transfer::Download does around FetchPlanner and RunningFetches, step by
// step, with messages that take their time instead of a Membership.
class Fetchers {
 public:
  // `eligible_changed`: the node's own requests have begun to fail.
  Fetchers(World& world, Post& post, Exchange& exchange,
           std::function<void(std::uint32_t node)> eligible_changed);

  void handle_origin(const Event& event) { origin_.handle(event); }
  void node_started(std::uint32_t node);
  void node_failed(std::uint32_t node);
  // Something has changed that the node may have waited for: it thinks at once.
  void wake(std::uint32_t node);
  // The event `think`.
  void think(std::uint32_t node);
  // The event `claim_stands`: the others have heard that the node wants to fetch these.
  void claim_stands(std::uint32_t node, std::uint32_t fetch);
  // The event `look`: time has passed.
  void look(std::uint32_t node);
  void piece_present(std::uint32_t node, std::uint32_t piece);
  // How many nodes went upstream at all.
  std::uint32_t ever_fetched() const;

 private:
  Origin::Events origin_events();
  bool settled(const Node& node) const;
  void fetch(std::uint32_t node, p2p::Pieces pieces);
  void give_back(std::uint32_t node, const p2p::Pieces& pieces);
  void fetch_ended(std::uint32_t node, std::uint32_t flow, bool ok);
  bool any_missing(std::uint32_t node, const p2p::Pieces& pieces) const;
  void tell(std::uint32_t node, Message::Kind kind, p2p::Pieces pieces);
  void set_ineligible(std::uint32_t node);

  World& world_;
  Post& post_;
  Exchange& exchange_;
  std::function<void(std::uint32_t)> eligible_changed_;
  p2p::FetchPlanner planner_;  // keeps nothing: one serves all nodes
  Origin origin_;
  std::vector<bool> fetched_;             // nodes that went upstream
  std::vector<p2p::UrgentPiece> urgent_;  // none: nobody reads along
};

}  // namespace shoal::simulation
