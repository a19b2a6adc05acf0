#pragma once

#include <vector>

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// Which of its peers a node sends to: all that want something, unless slots are limited. Then a free
// slot goes to anybody, and every choke_interval they are given anew: four of five to whoever gave
// most lately, the rest by luck.
class UploadSlots {
 public:
  explicit UploadSlots(World& world) : world_(world) {}

  void node_started(std::uint32_t node);
  // The peer at the other end wants something of the owner of `side`, or nothing any more.
  void interest_changes(std::uint32_t side, bool interested);
  void give_free_slots(std::uint32_t node);
  void choke_round(std::uint32_t node);

 private:
  bool limited() const { return world_.options.upload_slots > 0; }
  bool any_free(const Node& node) const;
  void choke(std::uint32_t side);
  void unchoke(std::uint32_t side);

  World& world_;
  std::vector<std::uint32_t> waiting_;  // scratch
};

}  // namespace shoal::simulation
