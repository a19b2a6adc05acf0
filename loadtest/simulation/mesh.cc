#include "loadtest/simulation/mesh.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace shoal::simulation {
namespace {

bool joined(const std::vector<std::uint32_t>& list, std::uint32_t node) {
  return std::find(list.begin(), list.end(), node) != list.end();
}

std::vector<std::vector<std::uint32_t>> random_mesh(World& world) {
  const std::uint32_t count = world.options.nodes;
  const std::uint32_t wanted = std::min(count - 1, world.options.neighbours);
  std::vector<std::vector<std::uint32_t>> mesh(count);
  const auto connect = [&](std::uint32_t node, std::uint32_t other, std::size_t most) {
    if (other == node || mesh[other].size() >= most || joined(mesh[node], other)) return;
    mesh[node].push_back(other);
    mesh[other].push_back(node);
  };
  for (std::uint32_t node = 0; node < count; ++node) {
    // A small swarm is a full mesh; in a large one nodes find others at random.
    for (std::uint32_t i = 1; wanted == count - 1 && i < count; ++i)
      connect(node, (node + i) % count, wanted);
    for (std::uint32_t i = 0; i < 10 * wanted && mesh[node].size() < wanted; ++i)
      connect(node, world.random.below(count), wanted);
  }
  for (std::uint32_t node = 0; node < count; ++node) {
    for (std::uint32_t i = 0; i < 10 * wanted && mesh[node].size() < wanted; ++i)
      connect(node, world.random.below(count), wanted + wanted / 4);
  }
  return mesh;
}

}  // namespace

void connect_mesh(World& world) {
  const auto mesh = random_mesh(world);
  for (std::uint32_t node = 0; node < mesh.size(); ++node) {
    world.nodes[node].first_side = static_cast<std::uint32_t>(world.sides.size());
    for (const std::uint32_t peer : mesh[node]) {
      Side side;
      side.owner = node;
      side.peer = peer;
      side.has = PieceSet(world.layout.count());
      world.sides.push_back(std::move(side));
    }
    world.nodes[node].sides_end = static_cast<std::uint32_t>(world.sides.size());
  }
  for (std::uint32_t node = 0; node < mesh.size(); ++node) {
    for (std::uint32_t i = 0; i < mesh[node].size(); ++i) {
      const std::uint32_t peer = mesh[node][i];
      const auto back = std::find(mesh[peer].begin(), mesh[peer].end(), node);
      world.sides[world.nodes[node].first_side + i].other =
          world.nodes[peer].first_side + static_cast<std::uint32_t>(back - mesh[peer].begin());
    }
  }
}

}  // namespace shoal::simulation
