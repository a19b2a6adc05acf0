#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// A word from one node to another on their control connection.
struct Message {
  enum class Kind : std::uint8_t {
    introduction,  // and its answer: who I am, what I know and fetch
    answer,
    claim,
    release,
    fetched,
    eligible,
    gossip,
    hung_up  // no word: the connection ended, as the receiver sees it
  };
  Kind kind = Kind::claim;
  bool eligible = false;
  bool by_fellow = false;  // the connection is one between fetchers, beyond the mesh
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t from_life = 0;
  std::uint32_t to_life = 0;
  std::optional<p2p::NodeId> gone;  // hung_up: who
  std::shared_ptr<const p2p::Pieces> pieces;
  std::shared_ptr<const p2p::Candidates> candidates;
  std::shared_ptr<const p2p::Pieces> fetched;
};

// Carries them, and counts.
class Post {
 public:
  explicit Post(World& world) : world_(world) {}

  void send(Message message);
  // To all neighbours; to fellows too, unless it is gossip, which would only go round twice.
  void broadcast(std::uint32_t from, Message message);
  // What the event `message_arrives` brings, unless its sender or receiver died meanwhile.
  std::optional<Message> take(const Event& event);

 private:
  Span delay_of(const Message& message);
  void count(const Message& message);

  World& world_;
  std::vector<Message> under_way_;
  std::vector<std::uint32_t> free_;  // places in it
};

}  // namespace shoal::simulation
