#include "p2p/blob_swarm.h"

#include <sys/mman.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <libtorrent/download_priority.hpp>
#include <libtorrent/peer_info.hpp>

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

}  // namespace

BlobSwarm::BlobSwarm(Params params, std::shared_ptr<store::BlobFile> blob,
                     std::weak_ptr<BlobListener> listener)
    : params_(std::move(params)), blob_(std::move(blob)), listener_(std::move(listener)) {}

void BlobSwarm::connect(const lt::tcp::endpoint& peer) {
  // Named as coming from a tracker, a failed peer is given another chance.
  torrent_.connect_peer(peer, lt::peer_info::tracker);
  connect_now(torrent_);
}

void BlobSwarm::offer(std::uint32_t piece) {
  if (!checked_) {
    offered_early_.push_back(piece);
    return;
  }
  claims_.erase(piece);
  if (blob_->has_piece(piece)) {
    torrent_.add_piece(lt::piece_index_t(static_cast<int>(piece)), untouched_piece());
  }
}

void BlobSwarm::claim(const Pieces& pieces) {
  claims_.insert(pieces.begin(), pieces.end());
  broadcast(Claim(pieces));
}

void BlobSwarm::release(const Pieces& pieces) {
  for (const std::uint32_t piece : pieces) claims_.erase(piece);
  broadcast(Release(pieces));
}

void BlobSwarm::set_eligible(bool eligible) {
  if (params_.hello.eligible == eligible) return;
  params_.hello.eligible = eligible;
  broadcast(Eligible(eligible));
}

void BlobSwarm::prefer(const Pieces& pieces) {
  for (const std::uint32_t piece : preferred_) {
    torrent_.piece_priority(lt::piece_index_t(static_cast<int>(piece)), lt::default_priority);
  }
  preferred_ = pieces;
  for (const std::uint32_t piece : preferred_) {
    torrent_.piece_priority(lt::piece_index_t(static_cast<int>(piece)), lt::top_priority);
  }
}

void BlobSwarm::broadcast(const Message& message) {
  for (const auto& [key, link] : links_) link->send(message);
}

void BlobSwarm::tell(std::function<void(BlobListener&)> what) {
  asio::post(params_.reactor, [listener = listener_, what = std::move(what)] {
    if (const auto alive = listener.lock()) what(*alive);
  });
}

void BlobSwarm::link_up(PeerLink& link) {
  links_[link.key()] = &link;
  if (!claims_.empty()) link.send(Claim(Pieces(claims_.begin(), claims_.end())));
  // The last word of our introduction; what our hello said may have changed since it was sent.
  link.send(Eligible(params_.hello.eligible));
  tell([key = link.key(), hello = link.hello()](BlobListener& listener) {
    listener.peer_joined(key, hello.node, hello.eligible);
  });
}

void BlobSwarm::link_down(PeerLink& link) {
  links_.erase(link.key());
  tell([key = link.key()](BlobListener& listener) { listener.peer_left(key); });
}

void BlobSwarm::link_message(PeerLink& link, Message message) {
  const PeerKey key = link.key();
  if (const auto* eligible = std::get_if<Eligible>(&message)) {
    tell([key, value = eligible->value](BlobListener& listener) {
      listener.peer_eligible(key, value);
    });
  } else if (auto* claim = std::get_if<Claim>(&message)) {
    tell([key, pieces = std::move(claim->pieces)](BlobListener& listener) {
      listener.peer_claims(key, pieces);
    });
  } else if (auto* release = std::get_if<Release>(&message)) {
    tell([key, pieces = std::move(release->pieces)](BlobListener& listener) {
      listener.peer_releases(key, pieces);
    });
  } else {
    link.disconnect();  // a control message has no business here
  }
}

void BlobSwarm::link_has(PeerLink& link, const Pieces& pieces) {
  tell([key = link.key(), pieces](BlobListener& listener) { listener.peer_has(key, pieces); });
}

void BlobSwarm::link_has_all(PeerLink& link) {
  tell([key = link.key()](BlobListener& listener) { listener.peer_has_all(key); });
}

void BlobSwarm::piece_passed(std::uint32_t piece) {
  tell([piece](BlobListener& listener) { listener.piece_arrived(piece); });
}

void BlobSwarm::files_checked() {
  checked_ = true;
  const Pieces early = std::exchange(offered_early_, {});
  for (const std::uint32_t piece : early) offer(piece);
}

void BlobSwarm::payload_sent(int bytes) {
  params_.metrics.peer_sent_bytes.Increment(bytes);
}

}  // namespace shoal::p2p
