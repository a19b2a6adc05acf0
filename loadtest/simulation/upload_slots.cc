#include "loadtest/simulation/upload_slots.h"

#include <algorithm>

namespace shoal::simulation {

void UploadSlots::node_started(std::uint32_t node) {
  if (!limited()) return;
  const double interval_s = std::chrono::duration<double>(world_.options.choke_interval).count();
  world_.after(seconds(interval_s * world_.random.fraction()), EventKind::choke_round, node, 0,
               world_.nodes[node].life);
}

bool UploadSlots::any_free(const Node& node) const {
  if (!limited()) return true;
  std::uint32_t used = 0;
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side)
    used += world_.sides[side].unchoked ? 1 : 0;
  return used < world_.options.upload_slots;
}

void UploadSlots::unchoke(std::uint32_t index) {
  Side& side = world_.sides[index];
  side.unchoked = true;
  world_.after(world_.message_delay(), EventKind::unchoke_arrives, side.other, 0, side.epoch);
}

void UploadSlots::choke(std::uint32_t index) {
  Side& side = world_.sides[index];
  side.unchoked = false;
  side.wanted.clear();
  world_.after(world_.message_delay(), EventKind::choke_arrives, side.other, 0, side.epoch);
}

void UploadSlots::interest_changes(std::uint32_t index, bool interested) {
  Side& side = world_.sides[index];
  side.peer_interested = interested;
  if (interested == side.unchoked) return;
  if (!interested) {
    choke(index);
    give_free_slots(side.owner);
  } else if (any_free(world_.nodes[side.owner])) {
    unchoke(index);
  }
}

void UploadSlots::give_free_slots(std::uint32_t index) {
  if (!limited()) return;  // nobody waits for one
  const Node& node = world_.nodes[index];
  while (any_free(node)) {
    waiting_.clear();
    for (std::uint32_t i = node.first_side; i < node.sides_end; ++i) {
      const Side& side = world_.sides[i];
      if (side.up && side.peer_interested && !side.unchoked) waiting_.push_back(i);
    }
    if (waiting_.empty()) return;
    unchoke(waiting_[world_.random.below(waiting_.size())]);
  }
}

void UploadSlots::choke_round(std::uint32_t index) {
  const Node& node = world_.nodes[index];
  std::vector<std::uint32_t> ranked;
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side) {
    if (world_.sides[side].up && world_.sides[side].peer_interested) ranked.push_back(side);
  }
  const std::size_t slots = std::min<std::size_t>(world_.options.upload_slots, ranked.size());
  const std::size_t earned = slots - slots / 5;  // the rest by luck
  for (std::size_t i = ranked.size(); i > 1; --i)
    std::swap(ranked[i - 1], ranked[world_.random.below(i)]);
  const auto gave_more = [&](std::uint32_t a, std::uint32_t b) {
    return world_.sides[a].round_bytes > world_.sides[b].round_bytes;
  };
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(earned),
                    ranked.end(), gave_more);
  for (std::size_t i = slots; i < ranked.size(); ++i)
    if (world_.sides[ranked[i]].unchoked) choke(ranked[i]);
  for (std::size_t i = 0; i < slots; ++i)
    if (!world_.sides[ranked[i]].unchoked) unchoke(ranked[i]);
  for (std::uint32_t side = node.first_side; side < node.sides_end; ++side)
    world_.sides[side].round_bytes = 0;
  world_.after(world_.options.choke_interval, EventKind::choke_round, index, 0, node.life);
}

}  // namespace shoal::simulation
