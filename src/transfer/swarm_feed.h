#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "p2p/swarm.h"
#include "p2p/swarm_view.h"
#include "transfer/options.h"

namespace shoal::transfer {

// Keeps a SwarmView up to date with what happens in a blob's swarm, and knows whether the members
// have said yet who of them has the blob. One for each time the swarm is joined; once it is
// destroyed, nothing of that swarm reaches the download any more.   Thread  the reactor's.
class SwarmFeed final : public p2p::BlobListener {
 public:
  struct Events {
    std::function<void()> changed;
    std::function<void(std::uint32_t)> piece_arrived;
    std::function<void(std::uint32_t)> piece_disputed;
    std::function<void(std::uint32_t)> piece_settled;
    std::function<void(const p2p::Pieces&)> pieces_distrusted;
  };
  SwarmFeed(p2p::SwarmView view, Events events)
      : view_(std::move(view)), events_(std::move(events)) {}

  // For a blob at rest: nobody is told what happens in its swarm, the view alone counts.
  explicit SwarmFeed(p2p::SwarmView view);

  const p2p::SwarmView& view() const { return view_; }
  // From now on it is one of a blob at rest.
  void retire();

  // Whether it is clear who else is in this swarm: all members have answered or took longer than
  // `discovery_max`, and those that have some of the blob are connected, or took longer than
  // `expected_peer_max`.
  bool settled(p2p::Time now, const TransferOptions& options) const;

  void peer_joined(p2p::PeerKey peer, const p2p::NodeId& node) override;
  void peer_left(p2p::PeerKey peer) override;
  void peer_has(p2p::PeerKey peer, const p2p::Pieces& pieces) override;
  void peer_has_all(p2p::PeerKey peer) override;
  void piece_arrived(std::uint32_t piece) override;
  void piece_disputed(std::uint32_t piece) override;
  void piece_settled(std::uint32_t piece) override;
  void pieces_tainted(const p2p::Pieces& pieces, bool tainted) override;
  void peers_expected(const std::vector<p2p::NodeId>& nodes) override;
  void pieces_distrusted(const p2p::Pieces& pieces) override;
  void members_asked(std::size_t members) override;
  void member_answered(const p2p::NodeId& node, p2p::Holding holding) override;
  void member_joined(const p2p::NodeId& node, bool eligible) override;
  void member_left(const p2p::NodeId& node) override;
  void member_eligible(const p2p::NodeId& node, bool eligible) override;
  void member_claims(const p2p::NodeId& node, const p2p::Pieces& pieces) override;
  void member_releases(const p2p::NodeId& node, const p2p::Pieces& pieces) override;

 private:
  void forget_who_came();

  const p2p::Time joined_ = std::chrono::steady_clock::now();
  p2p::SwarmView view_;
  Events events_;
  std::optional<std::size_t> asked_;
  std::size_t answers_ = 0;
  std::map<p2p::NodeId, p2p::Time> expected_;  // said they have some of it; when
};

}  // namespace shoal::transfer
