// The part of Download that finds out which bytes are bad and who brought them.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "transfer/audit_plan.h"
#include "transfer/download.h"

namespace shoal::transfer {
namespace {

constexpr int kRepairsMax = 32;

}  // namespace

void Download::came_from_upstream(const PieceSink::Came& came) {
  using How = store::BlobFile::Finished::How;
  if (came.how == How::before) {
    context_.metrics.redundant_upstream_bytes.Increment(
        static_cast<double>(blob_->layout().range(came.piece).size));
  }
  if (came.how != How::refused && blob_->crc(came.piece) == came.crc) {
    return piece_present(came.piece, ByteSource::upstream);
  }
  // A peer wrote other bytes, over ours or before us.
  if (membership_) membership_->prove(came.piece, came.crc);
  if (came.how != How::refused) distrust({came.piece});
}

void Download::distrust(const p2p::Pieces& pieces) {
  distrusted_.insert(pieces.begin(), pieces.end());
  rejoin_due_ = true;
  changed_.notify_all();
}

// Nothing else of this download may wait for the disk meanwhile, so it is called between rounds.
Awaitable<void> Download::drop_distrusted() {
  auto pieces = std::exchange(distrusted_, {});
  rejoin_due_ = false;
  auto job = [blob = blob_, pieces = std::move(pieces)] {
    std::vector<ReplacedPiece> dropped;
    for (const std::uint32_t piece : pieces) {
      if (const auto crc = blob->crc(piece)) dropped.push_back(ReplacedPiece{piece, *crc});
      blob->drop_piece(piece);
    }
    return dropped;
  };
  const auto dropped = co_await offload(context_.disk_pool, std::move(job));
  replaced_.insert(replaced_.end(), dropped.begin(), dropped.end());
  notice_lost_pieces();
  // Nothing is fetched before we know whom to expect back in the new swarm.
  if (membership_) co_await suspects();
}

void Download::notice_lost_pieces() {
  for (std::uint32_t piece = 0; piece < have_.size(); ++piece) {
    if (!have_[piece] || blob_->has_piece(piece)) continue;
    have_[piece] = false;
    ++missing_;
  }
  if (membership_) membership_->rejoin();
}

void Download::dispute(std::uint32_t piece) {
  if (std::find(disputes_.begin(), disputes_.end(), piece) != disputes_.end()) return;
  disputes_.push_back(piece);
  if (std::exchange(settling_, true)) return;
  spawn(context_.reactor, "settle disputes", settle_disputes());
}

void Download::settled_without_us(std::uint32_t piece) {
  std::erase(disputes_, piece);
}

Awaitable<void> Download::settle_disputes() {
  const auto self = shared_from_this();
  while (!disputes_.empty() && state_ == State::running) {
    const std::uint32_t piece = disputes_.front();
    const auto good = co_await audit(piece);
    // Without upstream what follows settles it, or the digest.
    if (!good && membership_) membership_->give_up(piece);
    std::erase(disputes_, piece);
  }
  settling_ = false;
  changed_.notify_all();
}

Awaitable<std::optional<bool>> Download::audit(std::uint32_t piece) {
  const auto self = shared_from_this();
  while (state_ == State::running && !ranges_ignored_) {
    auto repository = route_.pick(std::chrono::steady_clock::now());
    if (!repository) break;
    const auto audited = co_await audit_piece(context_, blob_, *repository, piece);
    if (audited) {
      route_.succeeded(*repository);
      judge(piece, *audited);
      co_return audited->how == Audited::How::same;
    }
    spdlog::debug("blob {}: piece {} cannot be compared with upstream's: {}",
                  descriptor().digest.brief(), piece, audited.error().message);
    route_.failed(*repository, audited.error(), std::chrono::steady_clock::now());
  }
  co_return std::nullopt;
}

void Download::judge(std::uint32_t piece, const Audited& audited) {
  if (audited.bad_crc) replaced_.push_back(ReplacedPiece{piece, *audited.bad_crc});
  if (membership_ && audited.how != Audited::How::same) membership_->prove(piece, audited.crc);
  if (audited.how == Audited::How::missing) return distrust({piece});
  if (!have_[piece]) {
    piece_present(piece, ByteSource::upstream);
  } else if (membership_) {
    membership_->offer(piece, audited.crc);
  }
}

Awaitable<p2p::Evidence::Suspects> Download::suspects() {
  const auto self = shared_from_this();
  auto told = std::make_shared<std::optional<p2p::Evidence::Suspects>>();
  if (!membership_) co_return p2p::Evidence::Suspects();
  membership_->suspects([self, told](p2p::Evidence::Suspects suspects) {
    *told = std::move(suspects);
    self->changed_.notify_all();
  });
  while (!*told && state_ == State::running) {
    co_await changed_.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
  if (!*told) co_return p2p::Evidence::Suspects();
  co_return std::move(**told);
}

Awaitable<bool> Download::repair() {
  const bool repaired = co_await question_peers();
  if (repaired) co_return true;
  if (state_ != State::running) co_return false;
  // Nobody can be blamed. What is here must not be what the next download begins with, either.
  co_await forget_all();
  if (refetched_) co_return false;
  // Once more, from upstream alone.
  refetched_ = true;
  swarm_allowed_ = false;
  join_swarm();
  co_return true;
}

Awaitable<void> Download::forget_all() {
  leave_swarm();
  for (std::uint32_t piece = 0; piece < have_.size(); ++piece) distrusted_.insert(piece);
  co_await drop_distrusted();
}

Awaitable<bool> Download::question_peers() {
  if (!membership_ || ++repairs_ > kRepairsMax) co_return false;
  const auto suspects = co_await this->suspects();
  // What an earlier run left is the last suspect, whom nobody can ban.
  std::vector<p2p::Pieces> pieces;
  for (const auto& suspect : suspects.nodes) pieces.push_back(suspect.pieces);
  if (!suspects.nobody.empty()) pieces.push_back(suspects.nobody);
  if (pieces.empty()) co_return false;
  AuditPlan plan(pieces);
  bool upstream_helps = true;
  while (const auto piece = plan.next()) {
    const auto good = co_await audit(*piece);
    upstream_helps = good.has_value();
    if (!upstream_helps) break;
    if (!*good) plan.bad();
  }
  if (state_ != State::running) co_return false;
  const bool found = !plan.guilty().empty();
  if (found && plan.guilty().back() == suspects.nodes.size()) distrust(suspects.nobody);
  if (!found && !upstream_helps) {
    spdlog::warn("blob {}: upstream cannot say which piece is bad; doing without {}",
                 descriptor().digest.brief(),
                 suspects.nodes.empty() ? "what was left" : suspects.nodes.front().node.brief());
    if (!suspects.nobody.empty()) {
      distrust(suspects.nobody);
    } else {
      membership_->shun(suspects.nodes.front().node);
    }
  }
  // Whatever follows from that has reached us when the swarm answers again.
  co_await this->suspects();
  co_return found || !upstream_helps;
}

}  // namespace shoal::transfer
