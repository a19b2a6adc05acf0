#pragma once

#include <functional>

#include "loadtest/simulation/piece_picker.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// What nodes ask their peers for, and what becomes of it: a piece is asked from one peer, as many
// requests at a time as it serves in request_queue; in the end, also for what others were asked for.
class Requests {
 public:
  // `came`: a node has another whole piece.
  Requests(World& world, std::function<void(std::uint32_t node, std::uint32_t piece)> came)
      : world_(world), came_(std::move(came)), picker_(world) {}

  // Asks this peer, or all of the node's, for as much as may be under way.
  void fill(std::uint32_t side);
  void fill_all(std::uint32_t node);
  void quantum_arrives(std::uint32_t side, Request what);
  // Tells the peer whether it has anything for us, if that has changed.
  void say_interest(std::uint32_t side);
  void choked(std::uint32_t side);
  void unchoked(std::uint32_t side);
  // Whatever was asked on this side and did not come may be asked from others.
  void give_back(std::uint32_t side);
  // The node has it, so nobody need send it any more.
  void cancel(std::uint32_t node, std::uint32_t piece);

 private:
  std::size_t depth(const Side& side) const;
  void ask_for(std::uint32_t side, std::uint32_t piece, bool again);
  void measure(Side& side, std::uint32_t bytes);

  World& world_;
  std::function<void(std::uint32_t, std::uint32_t)> came_;
  PiecePicker picker_;
};

}  // namespace shoal::simulation
