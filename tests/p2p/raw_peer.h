#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "pki/authority.h"

namespace shoal::p2p {

// What came of a raw connection to a node's swarm port.
struct RawOutcome {
  bool finished_handshake = false;  // as far as the client can tell
  bool resumable = false;           // it was given a session to come back with
  std::string version;              // "TLSv1.3"; empty without TLS
  std::string error;                // what OpenSSL said at the end
  std::string received;             // application data
};

// How a raw peer comes.
struct RawPeer {
  std::string server_name;            // the SNI; libtorrent wants the info-hash in hex
  std::optional<pki::Issued> member;  // what it shows; nothing without
  int version_max = 0;                // OpenSSL's number; 0 = any
  std::string say;                    // sent after the handshake
};

// Connects with OpenSSL alone, says `peer.say` and reads until the node closes, or has said
// something. It trusts every node. Blocks, up to ten seconds.
RawOutcome visit(const boost::asio::ip::tcp::endpoint& node, const RawPeer& peer);

// A connection whose TLS handshake is under way: the node has shown its certificate, and waits.
class PausedVisit {
 public:
  PausedVisit(const boost::asio::ip::tcp::endpoint& node, const RawPeer& peer);
  ~PausedVisit();
  // Blocks until the node closes the connection, up to ten seconds.   Returns  whether it did.
  bool is_closed();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// As visit(), without TLS.
RawOutcome visit_plainly(const boost::asio::ip::tcp::endpoint& node, const std::string& say);

// BEP 3: protocol name, reserved bits with BEP 10's set, info-hash, peer id.
std::string bittorrent_handshake(const std::string& info_hash);

}  // namespace shoal::p2p
