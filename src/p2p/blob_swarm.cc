#include "p2p/blob_swarm.h"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <libtorrent/download_priority.hpp>
#include <libtorrent/peer_info.hpp>

#include "p2p/session_tuning.h"

namespace shoal::p2p {
namespace {

// torrent_handle::add_piece() wants the piece's bytes, and hands them to our disk adapter, which
// knows that they are in the file already and does not look. So it gets readable memory of the right
// size that costs nothing: pages of a private mapping that nobody touches.
const char* untouched_piece() {
  static constexpr std::size_t kPieceBytesMax = std::size_t{4} << 20;
  static void* const memory =
      mmap(nullptr, kPieceBytesMax, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no address space for 4 MiB");
  return static_cast<const char*>(memory);
}

constexpr std::chrono::milliseconds kTellAfter{10};
// More nodes than libtorrent connects to for one blob.
constexpr std::size_t kMetMax = 4096;

}  // namespace

BlobSwarm::BlobSwarm(Params params, std::shared_ptr<store::BlobFile> blob,
                     std::weak_ptr<BlobListener> listener, bool want)
    : params_(std::move(params)),
      blob_(std::move(blob)),
      listener_(std::move(listener)),
      window_(blob_->layout().count(), kWindowPieces),
      eligible_(want),
      tell_timer_(params_.swarm_thread),
      reconnect_timer_(params_.swarm_thread) {
  const std::uint32_t count = blob_->layout().count();
  // Who has it whole has checked it; what is left of an earlier download nobody answers for.
  first_hand_.assign(count, blob_->complete());
  if (!want || blob_->complete()) return;
  evidence_ = std::make_unique<Evidence>(count);
  for (std::uint32_t piece = 0; piece < count; ++piece) {
    if (const auto crc = blob_->crc(piece)) evidence_->kept(piece, *crc);
  }
}

void BlobSwarm::connect(const lt::tcp::endpoint& peer) {
  // Named as coming from a tracker, a failed peer is given another chance.
  torrent_.connect_peer(peer, lt::peer_info::tracker);
  connect_now(torrent_);
}

void BlobSwarm::offer(std::uint32_t piece, std::uint32_t crc) {
  claims_.erase(piece);
  first_hand_[piece] = true;
  broadcast(Witness(blob_->descriptor().digest, {piece}, {crc}));
  if (evidence_) act_on(evidence_->proven(piece, crc, true));
  untaint(piece);
  hand_over(piece);
}

void BlobSwarm::hand_over(std::uint32_t piece) {
  if (const auto parked = parked_.find(piece); parked != parked_.end()) {
    const Answer answer = std::move(parked->second);
    parked_.erase(parked);
    if (blob_->has_piece(piece)) return answer(true);
    answer(false);
  } else if (!checked_) {
    offered_early_.push_back(piece);
  } else if (blob_->has_piece(piece)) {
    torrent_.add_piece(lt::piece_index_t(static_cast<int>(piece)), untouched_piece());
  }
}

void BlobSwarm::claim(const Pieces& pieces) {
  claims_.insert(pieces.begin(), pieces.end());
  broadcast(Claim(blob_->descriptor().digest, pieces));
}

void BlobSwarm::release(const Pieces& pieces) {
  for (const std::uint32_t piece : pieces) claims_.erase(piece);
  broadcast(Release(blob_->descriptor().digest, pieces));
}

void BlobSwarm::set_eligible(bool eligible) {
  if (eligible_ == eligible) return;
  eligible_ = eligible;
  broadcast(Eligible(blob_->descriptor().digest, eligible));
}

void BlobSwarm::say_goodbye() {
  set_eligible(false);
  if (!claims_.empty()) release(Pieces(claims_.begin(), claims_.end()));
}

void BlobSwarm::prefer(Pieces pieces) {
  preferred_ = std::move(pieces);
  move_window();
}

void BlobSwarm::move_window() {
  window_moves_ = false;
  if (!checked_ || !torrent_.is_valid()) return;
  const auto changes = window_.update(
      [this](std::uint32_t piece) { return !blob_->has_piece(piece) && !tainted_.contains(piece); },
      preferred_);
  std::vector<std::pair<lt::piece_index_t, lt::download_priority_t>> priorities;
  for (const std::uint32_t piece : changes.entered) {
    priorities.emplace_back(static_cast<int>(piece), lt::top_priority);
  }
  for (const std::uint32_t piece : changes.left) {
    if (blob_->has_piece(piece) || tainted_.contains(piece)) continue;
    priorities.emplace_back(static_cast<int>(piece), lt::low_priority);
  }
  if (!priorities.empty()) torrent_.prioritize_pieces(priorities);
}

// Not from inside of libtorrent's own work on a piece; and once for all pieces that pass until then.
void BlobSwarm::move_window_soon() {
  if (std::exchange(window_moves_, true)) return;
  asio::post(params_.swarm_thread, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->move_window();
  });
}

void BlobSwarm::broadcast(const Message& message) {
  for (const auto& [key, link] : members_) link->send(message);
}

void BlobSwarm::send_claims(PeerLink& control) const {
  Pieces some;
  for (auto piece = claims_.begin(); piece != claims_.end();) {
    some.push_back(*piece);
    if (++piece == claims_.end() || some.size() == kMessagePiecesMax) {
      control.send(Claim(blob_->descriptor().digest, std::exchange(some, {})));
    }
  }
}

void BlobSwarm::add_member(PeerLink& control, bool eligible) {
  if (members_.emplace(control.key(), &control).second) {
    send_claims(control);
    send_words(control);
  }
  tell([node = control.hello().node, eligible](BlobListener& listener) {
    listener.member_joined(node, eligible);
  });
}

void BlobSwarm::remove_member(PeerKey control) {
  const auto found = members_.find(control);
  if (found == members_.end()) return;
  tell(
      [node = found->second->hello().node](BlobListener& listener) { listener.member_left(node); });
  members_.erase(found);
}

void BlobSwarm::member_message(const PeerLink& control, const Message& message) {
  const NodeId node = control.hello().node;
  if (const auto* eligible = std::get_if<Eligible>(&message)) {
    tell([node, value = eligible->value](BlobListener& listener) {
      listener.member_eligible(node, value);
    });
  } else if (const auto* claim = std::get_if<Claim>(&message)) {
    tell([node, pieces = claim->pieces](BlobListener& listener) {
      listener.member_claims(node, pieces);
    });
  } else if (const auto* release = std::get_if<Release>(&message)) {
    tell([node, pieces = release->pieces](BlobListener& listener) {
      listener.member_releases(node, pieces);
    });
  } else if (const auto* witness = std::get_if<Witness>(&message)) {
    hear(node, *witness);
  }
}

void BlobSwarm::tell(Word what) {
  untold_.push_back(std::move(what));
  tell_all();
}

void BlobSwarm::tell_soon(Word what) {
  untold_.push_back(std::move(what));
  if (untold_.size() > 1) return;
  tell_timer_.expires_after(kTellAfter);
  tell_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
    if (const auto self = weak.lock()) self->tell_all();
  });
}

void BlobSwarm::tell_all() {
  if (untold_.empty()) return;
  asio::post(params_.reactor, [listener = listener_, words = std::exchange(untold_, {})] {
    for (const Word& word : words) {
      if (const auto alive = listener.lock()) word(*alive);
    }
  });
}

void BlobSwarm::link_up(PeerLink& link) {
  const NodeId& node = link.hello().node;
  if (unwelcome(node) || params_.banned(link)) return link.disconnect();
  links_[link.key()] = &link;
  if (met_.size() < kMetMax) met_.insert_or_assign(node, link.endpoint());
  tell([key = link.key(), node = link.hello().node](BlobListener& listener) {
    listener.peer_joined(key, node);
  });
}

void BlobSwarm::link_down(PeerLink& link) {
  if (sending_ == &link) sending_ = nullptr;
  if (links_.erase(link.key()) == 0) return;  // it was never welcome
  tell([key = link.key()](BlobListener& listener) { listener.peer_left(key); });
}

void BlobSwarm::link_message(PeerLink& link, Message) {
  link.disconnect();  // a blob's connections carry no messages of ours
}

void BlobSwarm::link_has(PeerLink& link, const Pieces& pieces) {
  tell_soon([key = link.key(), pieces](BlobListener& listener) { listener.peer_has(key, pieces); });
}

void BlobSwarm::link_has_all(PeerLink& link) {
  tell([key = link.key()](BlobListener& listener) { listener.peer_has_all(key); });
}

void BlobSwarm::piece_passed(std::uint32_t piece) {
  tell([piece](BlobListener& listener) { listener.piece_arrived(piece); });
  move_window_soon();
}

void BlobSwarm::files_checked() {
  checked_ = true;
  const Pieces early = std::exchange(offered_early_, {});
  for (const std::uint32_t piece : early) hand_over(piece);
  move_window_soon();
  // Peers that were named before now were not connected to: libtorrent waits for this.
  connect_now(torrent_);
}

void BlobSwarm::payload_sent(PeerLink& link, int bytes) {
  const ZoneRelation zone = zone_relation(params_.hello.zone, link.hello().zone);
  params_.metrics.peer_sent_bytes(zone).Increment(bytes);
}

void BlobSwarm::payload_received(PeerLink& link, int bytes) {
  const ZoneRelation zone = zone_relation(params_.hello.zone, link.hello().zone);
  params_.metrics.peer_received_bytes(zone).Increment(bytes);
  params_.metrics.redundant_peer_bytes.Increment(std::exchange(untaken_bytes_, bytes));
}

}  // namespace shoal::p2p
