#include "p2p/peer_link.h"

#include <array>
#include <atomic>
#include <limits>

#include <spdlog/spdlog.h>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/bitfield.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/operations.hpp>
#include <libtorrent/peer_connection.hpp>
#include <libtorrent/peer_request.hpp>

#include "base/bytes.h"
#include "base/piece_size.h"
#include "base/zone.h"

namespace shoal::p2p {
namespace {

constexpr int kExtendedMessage = 20;  // BEP 10
constexpr int kOurMessageId = 60;     // ours to choose; libtorrent's own are below 32
constexpr std::size_t kEarlyPiecesMax = std::size_t{1} << 21;  // before the hello; more is a flood

std::atomic<PeerKey> next_peer_key{1};

// A length-prefixed BEP 10 message.
std::string framed(int remote_message_id, const std::string& payload) {
  const auto length = static_cast<std::uint32_t>(payload.size() + 2);
  std::string frame;
  frame.reserve(payload.size() + 6);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>((length >> shift) & 0xffU);
  frame += static_cast<char>(kExtendedMessage);
  frame += static_cast<char>(remote_message_id);
  return frame + payload;
}

// libtorrent leaves Nagle's algorithm on: a small message that follows another waits for the other
// side's delayed acknowledgement, 40 ms.
void send_at_once(lt::peer_connection& connection) {
  lt::error_code ignored;
  connection.get_socket().set_option(lt::tcp::no_delay(true), ignored);
}

}  // namespace

lt::tcp::endpoint PeerLink::endpoint() const {
  return {connection_.remote().address(), hello_ ? hello_->port : connection_.remote().port()};
}

void PeerLink::send(const Message& message) {
  if (remote_message_id_ == 0 || !connection_.native_handle() || connection_.is_disconnecting())
    return;
  const std::string frame = framed(remote_message_id_, encode(message));
  connection_.send_buffer(frame.data(), static_cast<int>(frame.size()));
}

void PeerLink::disconnect() {
  if (!connection_.native_handle()) return;
  connection_.disconnect(lt::errors::invalid_message, lt::operation_t::bittorrent);
}

void PeerLink::add_handshake(lt::entry& handshake) {
  // The first that both sides do once they are connected.
  if (const auto native = connection_.native_handle()) send_at_once(*native);
  const auto events = events_.lock();
  if (!events) return;
  const Hello hello = events->hello();
  handshake["m"]["shoal"] = kOurMessageId;
  handshake["shoal_node"] = hello.node.text();
  handshake["shoal_port"] = hello.port;
  handshake["shoal_dht"] = hello.dht_port;
  handshake["shoal_zone"] = hello.zone;
  handshake["shoal_pieces"] = hello.piece_bytes;
}

bool PeerLink::on_extension_handshake(const lt::bdecode_node& handshake) {
  const auto reject = [this] {
    spdlog::warn("peer {} does not speak Shoal's extension; disconnected",
                 connection_.remote().address().to_string());
    disconnect();
    return false;
  };
  if (handshake.type() != lt::bdecode_node::dict_t) return reject();
  const lt::bdecode_node messages = handshake.dict_find_dict("m");
  if (!messages) return reject();
  const std::int64_t id = messages.dict_find_int_value("shoal", 0);
  const std::int64_t port = handshake.dict_find_int_value("shoal_port", 0);
  const std::int64_t dht_port = handshake.dict_find_int_value("shoal_dht", 0);
  const lt::string_view node_text = handshake.dict_find_string_value("shoal_node");
  const auto node = NodeId::parse(std::string_view(node_text.data(), node_text.size()));
  const lt::string_view zone_text = handshake.dict_find_string_value("shoal_zone");
  const std::string_view zone(zone_text.data(), zone_text.size());
  const auto pieces = static_cast<std::uint64_t>(handshake.dict_find_int_value("shoal_pieces", 0));
  const bool ports_good = port > 0 && port <= 65535 && dht_port >= 0 && dht_port <= 65535;
  if (id <= 0 || id > 255 || !ports_good || !node || !is_zone(zone) || !is_piece_size(pieces)) {
    return reject();
  }
  return introduced(
      static_cast<int>(id),
      Hello(*node, static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(dht_port),
            std::string(zone), static_cast<std::uint32_t>(pieces)));
}

bool PeerLink::introduced(int message_id, Hello theirs) {
  const auto events = events_.lock();
  if (events && events->hello().piece_bytes != theirs.piece_bytes) {
    events->link_misfit(theirs, {connection_.remote().address(), theirs.port});
    disconnect();
    return false;
  }
  const bool first = !hello_;
  remote_message_id_ = message_id;
  hello_ = std::move(theirs);
  if (!first || !events) return true;
  events->link_up(*this);
  if (!hello_) return true;  // it was not welcome
  if (early_all_) events->link_has_all(*this);
  if (early_said_ && !early_all_) events->link_has(*this, early_);
  early_ = {};
  return true;
}

bool PeerLink::on_extended(int length, int message, lt::span<const char> body) {
  if (message != kOurMessageId) return false;
  if (length > static_cast<int>(kMessageBytesMax)) {
    disconnect();
    return true;
  }
  if (body.size() < length) return true;  // more of it is on its way
  const auto events = events_.lock();
  if (!events || !hello_) return true;
  auto decoded = decode(as_bytes(std::string_view(body.data(), static_cast<std::size_t>(length))));
  if (!decoded) {
    spdlog::warn("peer {}: {}; disconnected", hello_->node.brief(), decoded.error().message);
    disconnect();
    return true;
  }
  events->link_message(*this, std::move(*decoded));
  return true;
}

void PeerLink::on_disconnect(const lt::error_code& error) {
  spdlog::debug("peer {} disconnected: {}", hello_ ? hello_->node.brief() : "?", error.message());
  const auto events = events_.lock();
  if (events && hello_) events->link_down(*this);
  hello_.reset();
  remote_message_id_ = 0;
}

bool PeerLink::on_have(lt::piece_index_t piece) {
  tell({static_cast<std::uint32_t>(static_cast<int>(piece))});
  return false;
}

bool PeerLink::on_bitfield(const lt::bitfield& pieces) {
  Pieces has;
  for (int i = 0; i < pieces.size(); ++i) {
    if (pieces.get_bit(i)) has.push_back(static_cast<std::uint32_t>(i));
  }
  tell(has);
  return false;
}

bool PeerLink::on_have_all() {
  const auto events = events_.lock();
  if (events && hello_) {
    events->link_has_all(*this);
  } else {
    early_said_ = early_all_ = true;
  }
  return false;
}

bool PeerLink::on_have_none() {
  tell({});
  return false;
}

bool PeerLink::on_piece(const lt::peer_request&, lt::span<const char> block) {
  const auto events = events_.lock();
  if (events && hello_) {
    events->payload_received(*this, static_cast<int>(block.size()));
    events->link_sends(*this);
  }
  return false;
}

void PeerLink::sent_payload(int bytes) {
  const auto events = events_.lock();
  if (events && hello_) events->payload_sent(*this, bytes);
}

void PeerLink::tell(const Pieces& pieces) {
  const auto events = events_.lock();
  early_said_ = true;
  if (events && hello_) {
    events->link_has(*this, pieces);
  } else if (early_.size() < kEarlyPiecesMax) {
    early_.insert(early_.end(), pieces.begin(), pieces.end());
  }
}

std::shared_ptr<lt::peer_plugin> LinkPlugin::new_connection(
    const lt::peer_connection_handle& connection) {
  return std::make_shared<PeerLink>(connection, next_peer_key.fetch_add(1), events_);
}

void LinkPlugin::on_piece_pass(lt::piece_index_t piece) {
  if (const auto events = events_.lock()) {
    events->piece_passed(static_cast<std::uint32_t>(static_cast<int>(piece)));
  }
}

void LinkPlugin::on_files_checked() {
  if (const auto events = events_.lock()) events->files_checked();
}

void connect_now(const lt::torrent_handle& torrent) {
  torrent.pause();
  torrent.resume();
}

}  // namespace shoal::p2p
