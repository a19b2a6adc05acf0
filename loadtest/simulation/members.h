#pragma once

#include <cstdint>

#include "loadtest/simulation/elections.h"
#include "loadtest/simulation/exchange.h"
#include "loadtest/simulation/fetchers.h"
#include "loadtest/simulation/post.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// The daemons' side of it: they start and die, meet, and tell each other what SwarmView wants to know, as
// SwarmFeed and the engine do.
class Members {
 public:
  explicit Members(World& world);

  void handle(const Event& event);
  Exchange& exchange() { return exchange_; }
  Fetchers& fetchers() { return fetchers_; }
  const Fetchers& fetchers() const { return fetchers_; }
  void fail(std::uint32_t node);

 private:
  void handle_of_node(const Event& event);
  void start(std::uint32_t node);
  void hang_up(std::uint32_t node);

  void introduce(std::uint32_t from, std::uint32_t to, Message::Kind kind, bool by_fellow);
  p2p::Pieces in_swarm(const Node& node) const;
  void deliver(const Message& message);
  void introduced(const Message& message);
  void link_up(const Event& event);
  void peer_lost(std::uint32_t side);
  void member_gone(std::uint32_t node, const p2p::NodeId& id);
  std::uint32_t side_towards(std::uint32_t from, std::uint32_t to) const;

  World& world_;
  Post post_;
  Exchange exchange_;
  Elections elections_;
  Fetchers fetchers_;
};

}  // namespace shoal::simulation
