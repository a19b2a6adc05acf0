// The part of BlobSwarm that keeps the evidence, and acts on it.
#include "p2p/blob_swarm.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <libtorrent/download_priority.hpp>
#include <libtorrent/peer_info.hpp>

namespace shoal::p2p {
namespace {

constexpr std::chrono::milliseconds kSecondTry{300};

}  // namespace

void BlobSwarm::link_sends(PeerLink& link) {
  sending_ = &link;
}

void BlobSwarm::block_taken(std::uint32_t piece) {
  untaken_bytes_ = 0;
  if (evidence_ && sending_ != nullptr) evidence_->sent(piece, sending_->hello().node);
}

std::vector<std::uint32_t> BlobSwarm::acceptable(std::uint32_t piece) const {
  return evidence_ ? evidence_->acceptable(piece) : std::vector<std::uint32_t>();
}

void BlobSwarm::piece_hashed(std::uint32_t piece, store::BlobFile::Finished finished,
                             Answer answer) {
  using How = store::BlobFile::Finished::How;
  if (finished.how != How::refused) {
    if (evidence_ && finished.how == How::now) {
      const auto findings = evidence_->arrived(piece, finished.crc, true);
      if (findings.tainted) tell([piece](BlobListener& l) { l.pieces_distrusted({piece}); });
      act_on(findings);
    }
    return answer(true);
  }
  params_.metrics.bad_pieces.Increment();
  if (!evidence_) return answer(false);
  // libtorrent would shut out whoever sent it, who may be honest. So it waits until that is clear.
  parked_.insert_or_assign(piece, std::move(answer));
  tell([piece](BlobListener& l) { l.piece_disputed(piece); });
  act_on(evidence_->arrived(piece, finished.crc, false));
}

// libtorrent shuts out of the torrent who sent all of a failed piece. Of several who sent one, each may be
// honest, and libtorrent forgets those that have left: so it does not hear of that piece. It waits until
// the torrent is added anew, and then comes again.
void BlobSwarm::give_up(std::uint32_t piece) {
  if (evidence_) evidence_->unsettled(piece);
  const auto parked = parked_.find(piece);
  if (parked == parked_.end()) return;
  const auto senders = evidence_ ? evidence_->refused_from(piece) : std::vector<NodeId>();
  if (senders.size() == 1) {
    shut_out_.insert(senders.front());
  } else if (!all_unwelcome(senders)) {
    return tell([](BlobListener& l) { l.pieces_distrusted({}); });
  }
  const Answer answer = std::move(parked->second);
  parked_.erase(parked);
  answer(false);
}

bool BlobSwarm::unwelcome(const NodeId& node) const {
  return shunned_.contains(node) || shut_out_.contains(node);
}

bool BlobSwarm::all_unwelcome(const std::vector<NodeId>& nodes) const {
  return std::all_of(nodes.begin(), nodes.end(),
                     [this](const NodeId& node) { return unwelcome(node); });
}

// What only liars sent needs no look at upstream.
void BlobSwarm::drop_liars_parked() {
  Pieces theirs;
  for (const auto& [piece, answer] : parked_) {
    if (all_unwelcome(evidence_->refused_from(piece))) theirs.push_back(piece);
  }
  for (const std::uint32_t piece : theirs) {
    give_up(piece);
    tell([piece](BlobListener& l) { l.piece_settled(piece); });
  }
}

void BlobSwarm::taint() {
  if (!evidence_ || taints_lifted_) return;
  Pieces fresh;
  for (std::uint32_t piece = 0; piece < blob_->layout().count(); ++piece) {
    if (!evidence_->tainted(piece) || !tainted_.insert(piece).second) continue;
    fresh.push_back(piece);
    torrent_.piece_priority(lt::piece_index_t(static_cast<int>(piece)), lt::dont_download);
  }
  if (!fresh.empty()) tell([fresh](BlobListener& l) { l.pieces_tainted(fresh, true); });
}

void BlobSwarm::untaint(std::uint32_t piece) {
  if (tainted_.erase(piece) == 0) return;
  torrent_.piece_priority(lt::piece_index_t(static_cast<int>(piece)),
                          window_.contains(piece) ? lt::top_priority : lt::low_priority);
  tell([piece](BlobListener& l) { l.pieces_tainted({piece}, false); });
}

void BlobSwarm::lift_taints() {
  taints_lifted_ = true;
  const Pieces all(tainted_.begin(), tainted_.end());
  for (const std::uint32_t piece : all) untaint(piece);
}

void BlobSwarm::send_words(PeerLink& control) const {
  Pieces pieces;
  std::vector<std::uint32_t> crcs;
  const auto send = [&] {
    if (pieces.empty()) return;
    control.send(
        Witness(blob_->descriptor().digest, std::exchange(pieces, {}), std::exchange(crcs, {})));
  };
  for (std::uint32_t piece = 0; piece < first_hand_.size(); ++piece) {
    const auto crc = first_hand_[piece] ? blob_->crc(piece) : std::nullopt;
    if (!crc) continue;
    pieces.push_back(piece);
    crcs.push_back(*crc);
    if (pieces.size() == kMessagePiecesMax) send();
  }
  send();
}

void BlobSwarm::hear(const NodeId& node, const Witness& witness) {
  for (std::size_t i = 0; i < witness.pieces.size() && evidence_; ++i) {
    const std::uint32_t piece = witness.pieces[i];
    act_on(evidence_->word(node, piece, witness.crcs[i]));
    if (tainted_.contains(piece) && !evidence_->tainted(piece)) untaint(piece);
  }
}

void BlobSwarm::prove(std::uint32_t piece, std::uint32_t crc) {
  if (evidence_) act_on(evidence_->proven(piece, crc, false));
}

void BlobSwarm::verified() {
  if (!evidence_) return;
  for (std::uint32_t piece = 0; piece < blob_->layout().count(); ++piece) {
    if (const auto crc = blob_->crc(piece)) act_on(evidence_->proven(piece, *crc, true));
  }
  evidence_.reset();
}

void BlobSwarm::act_on(const Evidence::Findings& findings) {
  bool shut_out_wrongly = findings.witness_doubted;
  for (const Accusation& accusation : findings.accusations) {
    const bool lied = accusation.fault == Fault::false_word;
    shut_out_wrongly = shut_out_wrongly || (lied && !shut_out_.empty());
    params_.convict(*this, accusation);
    shun(accusation.node, lied);
  }
  if (findings.dispute) {
    tell([piece = *findings.dispute](BlobListener& l) { l.piece_disputed(piece); });
  }
  // libtorrent forgets whom it shut out when the torrent is added anew.
  if (shut_out_wrongly && evidence_) {
    shut_out_.clear();
    tell([](BlobListener& l) { l.pieces_distrusted({}); });
  }
}

void BlobSwarm::shun(const NodeId& node, bool lied) {
  const bool is_new = shunned_.insert(node).second;
  const bool is_liar = lied && liars_.insert(node).second;
  if (!is_new && !is_liar) return;
  met_.erase(node);
  disconnect(node);
  if (!evidence_) return;
  Pieces pieces = evidence_->dismiss(node, lied);
  taint();
  drop_liars_parked();
  params_.metrics.bad_pieces.Increment(static_cast<double>(pieces.size()));
  if (pieces.empty()) return;
  tell([pieces = std::move(pieces)](BlobListener& l) { l.pieces_distrusted(pieces); });
}

void BlobSwarm::disconnect(const NodeId& node) {
  std::vector<PeerLink*> its_links;
  for (const auto& [key, link] : links_) {
    if (link->hello().node == node) its_links.push_back(link);
  }
  for (PeerLink* link : its_links) link->disconnect();
}

Evidence::Suspects BlobSwarm::suspects() const {
  return evidence_ ? evidence_->suspects() : Evidence::Suspects();
}

void BlobSwarm::says_complete(const NodeId& node) {
  if (evidence_) evidence_->says_complete(node);
}

std::optional<lt::tcp::endpoint> BlobSwarm::whereabouts(const NodeId& node) const {
  for (const auto& [key, link] : links_) {
    if (link->hello().node == node) return link->endpoint();
  }
  const auto found = met_.find(node);
  return found == met_.end() ? std::nullopt : std::optional(found->second);
}

void BlobSwarm::detach() {
  leaving_.clear();
  for (const auto& [key, link] : links_) leaving_.push_back(link->hello().node);
  parked_.clear();
  checked_ = false;
  preferred_.clear();
  window_.start_over();
  for (std::uint32_t piece = 0; piece < first_hand_.size(); ++piece) {
    if (blob_->has_piece(piece)) continue;
    first_hand_[piece] = false;
    if (evidence_) evidence_->dropped(piece);
  }
}

// Where both ends begin anew at the same time, one of them must be first: of two crossing connections
// libtorrent keeps neither for sure.
void BlobSwarm::reconnect() {
  tell([nodes = std::exchange(leaving_, {})](BlobListener& l) { l.peers_expected(nodes); });
  for (const auto& [node, endpoint] : met_) {
    if (shut_out_.contains(node)) continue;
    if (params_.hello.node < node) torrent_.connect_peer(endpoint, lt::peer_info::tracker);
  }
  connect_now(torrent_);
  reconnect_timer_.expires_after(kSecondTry);
  reconnect_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->connect_missing();
  });
}

void BlobSwarm::connect_missing() {
  if (!torrent_.is_valid()) return;
  std::set<NodeId> connected = shut_out_;
  for (const auto& [key, link] : links_) connected.insert(link->hello().node);
  for (const auto& [node, endpoint] : met_) {
    if (!connected.contains(node)) torrent_.connect_peer(endpoint, lt::peer_info::tracker);
  }
  connect_now(torrent_);
}

}  // namespace shoal::p2p
