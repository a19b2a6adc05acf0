#include "loadtest/simulation/piece_picker.h"

#include "p2p/session_tuning.h"

namespace shoal::simulation {

std::uint32_t PiecePicker::window_end(const Node& node) const {
  if (world_.options.window == 0) return kNobody;
  std::uint32_t left = world_.options.window;
  for (std::uint32_t piece = 0; piece < world_.layout.count(); ++piece) {
    if (!node.have.has(piece) && --left == 0) return piece + 1;
  }
  return kNobody;
}

std::uint32_t PiecePicker::next(const Side& side) {
  const Node& node = world_.nodes[side.owner];
  const p2p::SwarmView& view = node.brain->view;
  const std::uint32_t end = window_end(node);
  std::uint32_t smallest = kNobody;
  best_.clear();
  side.has.visit_besides(node.have, node.requested, [&](std::uint32_t piece) {
    const bool outside = piece >= end;
    if (outside && world_.options.strict && !best_.empty()) return false;
    const std::uint32_t weight = (view.offers(piece) + 1) * (outside ? p2p::kOutsideWeight : 1);
    if (weight < smallest) best_.clear();
    if (weight <= smallest) {
      smallest = weight;
      best_.push_back(piece);
    }
    return !(outside && world_.options.strict);
  });
  return any_of_best();
}

std::uint32_t PiecePicker::again(const Side& side) {
  const Node& node = world_.nodes[side.owner];
  best_.clear();
  for (std::uint32_t piece = 0; piece < world_.layout.count(); ++piece) {
    if (node.have.has(piece)) continue;
    if (!node.requested.has(piece)) return kNobody;
    if (side.has.has(piece)) best_.push_back(piece);
  }
  return any_of_best();
}

}  // namespace shoal::simulation
