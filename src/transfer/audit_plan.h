#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "p2p/types.h"

namespace shoal::transfer {

// In which order pieces are compared with upstream's when a whole does not match its digest: one of
// each suspect in turn, so that a liar is found after about as many pieces as there are suspects, and
// honest ones cost little. Once a round found something, the digest is worth another look. Pure.
class AuditPlan {
 public:
  // `suspects`: the pieces that each answers for, most doubtful first.
  explicit AuditPlan(std::vector<p2p::Pieces> suspects) : suspects_(std::move(suspects)) {}

  // Returns  the piece to look at next; nothing = a round found something, or all were looked at.
  std::optional<std::uint32_t> next();
  // The piece last given was bad: so is what else its suspect answers for.
  void bad();
  // The suspects that were found bad, as they were numbered.
  const std::vector<std::size_t>& guilty() const { return guilty_; }

 private:
  std::vector<p2p::Pieces> suspects_;
  std::vector<std::size_t> guilty_;
  std::size_t round_ = 0;  // which piece of each suspect
  std::size_t turn_ = 0;   // whose turn is next
};

}  // namespace shoal::transfer
