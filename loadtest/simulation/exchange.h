#pragma once

#include <functional>

#include "loadtest/simulation/requests.h"
#include "loadtest/simulation/upload_line.h"
#include "loadtest/simulation/upload_slots.h"
#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// Pieces between neighbours, as libtorrent moves them: the connections, who says what it has, and
// where each event of it goes.
class Exchange {
 public:
  // `came`: a node has another piece, which it did not fetch itself.
  Exchange(World& world, std::function<void(std::uint32_t node, std::uint32_t piece)> came)
      : world_(world), line_(world), slots_(world), requests_(world, std::move(came)) {}

  void handle(const Event& event);
  void node_started(std::uint32_t node) { slots_.node_started(node); }
  // The connection of which `side` is one end now stands.
  void connect(std::uint32_t side);
  // One end sees it end; the other may see it later.
  void disconnect(std::uint32_t side);
  void node_failed(std::uint32_t node);
  // A node has a whole piece: announces it.
  void piece_present(std::uint32_t node, std::uint32_t piece);

 private:
  void handle_of_side(const Event& event);
  void connect_end(std::uint32_t side);
  void have_arrives(const Event& event);
  void have_heard(std::uint32_t side, std::uint32_t piece);
  p2p::PeerKey key_of(std::uint32_t side) const {
    return (p2p::PeerKey{world_.sides[side].epoch} << 32) | side;
  }

  World& world_;
  UploadLine line_;
  UploadSlots slots_;
  Requests requests_;
};

}  // namespace shoal::simulation
