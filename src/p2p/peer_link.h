#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/torrent_handle.hpp>

#include "p2p/messages.h"
#include "p2p/types.h"

namespace shoal::p2p {

class PeerLink;

// What a node says of itself when a connection opens.
struct Hello {
  Hello(NodeId node_in, std::uint16_t port_in, std::uint16_t dht_port_in, std::string zone_in,
        std::uint32_t piece_bytes_in)
      : node(std::move(node_in)),
        port(port_in),
        dht_port(dht_port_in),
        zone(std::move(zone_in)),
        piece_bytes(piece_bytes_in) {}
  NodeId node;
  std::uint16_t port;         // where it listens
  std::uint16_t dht_port;     // where its part of the directory is, UDP; 0 = it has none
  std::string zone;           // as is_zone(); empty = unknown
  std::uint32_t piece_bytes;  // StoreOptions::piece_bytes
};

// What one torrent's connections tell its owner.   Thread  the swarm's.
class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  virtual Hello hello() = 0;
  virtual void link_up(PeerLink& link) = 0;  // hellos are exchanged; messages may flow
  // One whose pieces are of another size than ours: it is disconnected, and there is no link_up().
  virtual void link_misfit(const Hello& theirs, const lt::tcp::endpoint& listens_at) = 0;
  virtual void link_down(PeerLink& link) = 0;
  virtual void link_message(PeerLink& link, Message message) = 0;
  // The first call says all it has, perhaps nothing; later ones what came since.
  virtual void link_has(PeerLink& link, const Pieces& pieces) = 0;
  virtual void link_has_all(PeerLink& link) = 0;
  // It sends a block; whether libtorrent takes it shows at once (PieceGuard::block_taken()).
  virtual void link_sends(PeerLink& link) = 0;
  virtual void piece_passed(std::uint32_t piece) = 0;
  virtual void files_checked() = 0;
  // Blocks of pieces, once the link is up.
  virtual void payload_sent(PeerLink& link, int bytes) = 0;
  virtual void payload_received(PeerLink& link, int bytes) = 0;
};

// Shoal's side of one connection: a BEP 10 extension named "shoal". A peer without it is no member
// and is disconnected.
class PeerLink final : public lt::peer_plugin {
 public:
  PeerLink(lt::peer_connection_handle connection, PeerKey key, std::weak_ptr<LinkEvents> events)
      : connection_(std::move(connection)), key_(key), events_(std::move(events)) {}

  PeerKey key() const { return key_; }
  // Valid once the link is up.
  const Hello& hello() const { return *hello_; }
  // Where the peer listens: the address it connected from, or we reached it at.
  lt::tcp::endpoint endpoint() const;
  // The other end of the connection.
  lt::tcp::endpoint remote() const { return connection_.remote(); }
  // Whether we connected to it.
  bool is_outgoing() const { return connection_.is_outgoing(); }
  // Dropped silently if the connection is closing.
  void send(const Message& message);
  void disconnect();

  lt::string_view type() const override { return "shoal"; }
  void add_handshake(lt::entry& handshake) override;
  bool on_extension_handshake(const lt::bdecode_node& handshake) override;
  bool on_extended(int length, int message, lt::span<const char> body) override;
  void on_disconnect(const lt::error_code& error) override;
  bool on_have(lt::piece_index_t piece) override;
  bool on_bitfield(const lt::bitfield& pieces) override;
  bool on_have_all() override;
  bool on_have_none() override;
  bool on_piece(const lt::peer_request& request, lt::span<const char> block) override;
  void sent_payload(int bytes) override;

 private:
  bool introduced(int message_id, Hello theirs);
  void tell(const Pieces& pieces);

  lt::peer_connection_handle connection_;
  PeerKey key_;
  std::weak_ptr<LinkEvents> events_;
  std::optional<Hello> hello_;
  int remote_message_id_ = 0;
  Pieces early_;  // what it has, said before its hello
  bool early_said_ = false;
  bool early_all_ = false;
};

// Hangs a PeerLink on each connection of one torrent.
class LinkPlugin final : public lt::torrent_plugin {
 public:
  explicit LinkPlugin(std::weak_ptr<LinkEvents> events) : events_(std::move(events)) {}

  std::shared_ptr<lt::peer_plugin> new_connection(
      const lt::peer_connection_handle& connection) override;
  void on_piece_pass(lt::piece_index_t piece) override;
  void on_files_checked() override;
  // True makes libtorrent leave the torrent as it is; see connect_now().
  bool on_pause() override { return true; }

 private:
  std::weak_ptr<LinkEvents> events_;
};

// Connects to the torrent's known peers at once. libtorrent looks for peers to connect to once a
// second, and otherwise only after a tracker's or the DHT's answer, or when a torrent is resumed. So
// the torrent is paused, which LinkPlugin::on_pause() keeps from having any effect, and resumed.
// Thread  the swarm's.
void connect_now(const lt::torrent_handle& torrent);

}  // namespace shoal::p2p
