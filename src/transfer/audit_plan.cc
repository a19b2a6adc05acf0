#include "transfer/audit_plan.h"

#include <algorithm>

namespace shoal::transfer {

std::optional<std::uint32_t> AuditPlan::next() {
  const auto left = [this](const p2p::Pieces& pieces) { return round_ < pieces.size(); };
  while (true) {
    while (turn_ < suspects_.size() && !left(suspects_[turn_])) ++turn_;
    if (turn_ < suspects_.size()) return suspects_[turn_++][round_];
    if (!guilty_.empty()) return std::nullopt;
    ++round_;
    turn_ = 0;
    if (std::none_of(suspects_.begin(), suspects_.end(), left)) return std::nullopt;
  }
}

void AuditPlan::bad() {
  guilty_.push_back(turn_ - 1);
}

}  // namespace shoal::transfer
