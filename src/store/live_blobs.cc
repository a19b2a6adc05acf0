#include "store/live_blobs.h"

#include <algorithm>
#include <vector>

namespace shoal::store {

std::shared_ptr<LiveBlobs::Slot> LiveBlobs::slot(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  if (slots_.size() >= sweep_at_) sweep();
  auto& slot = slots_[digest];
  if (!slot) slot = std::make_shared<Slot>();
  return slot;
}

void LiveBlobs::each(const std::function<void(Slot&)>& see) {
  std::vector<std::shared_ptr<Slot>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [digest, slot] : slots_) all.push_back(slot);
  }
  for (const auto& slot : all) {
    const std::scoped_lock turn(slot->turn);
    see(*slot);
  }
}

// A slot that nobody holds and whose blob is closed says nothing. New holders come through slot()
// only, so under mutex_ a count of one stays one. Sweeping at twice what was left keeps it cheap.
void LiveBlobs::sweep() {
  std::erase_if(slots_, [](const auto& entry) {
    const std::shared_ptr<Slot>& slot = entry.second;
    if (slot.use_count() != 1) return false;
    const std::scoped_lock turn(
        slot->turn);  // free: it only makes the last holder's writes visible
    return slot->blob.expired();
  });
  sweep_at_ = std::max<std::size_t>(64, 2 * slots_.size());
}

}  // namespace shoal::store
