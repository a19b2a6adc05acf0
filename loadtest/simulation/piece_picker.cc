#include "loadtest/simulation/piece_picker.h"

namespace shoal::simulation {

std::uint32_t PiecePicker::next(const Side& side) {
  const Node& node = world_.nodes[side.owner];
  const p2p::SwarmView& view = node.brain->view;
  std::uint32_t fewest = kNobody;
  std::uint32_t left = world_.options.window == 0 ? kNobody : world_.options.window;
  best_.clear();
  side.has.visit_besides(node.have, node.requested, [&](std::uint32_t piece) {
    const std::uint32_t offers = view.offers(piece);
    if (offers < fewest) best_.clear();
    if (offers <= fewest) {
      fewest = offers;
      best_.push_back(piece);
    }
    return --left > 0;
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
