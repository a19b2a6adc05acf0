#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// The registry: one line, shared in turns by all requests; each of them no faster than a connection is
// allowed to be.
class Origin {
 public:
  struct Events {
    std::function<void(std::uint32_t node, std::uint32_t piece)> piece_came;
    // `ok`: not refused.
    std::function<void(std::uint32_t node, std::uint32_t flow, bool ok)> ended;
    // Whether the node still lacks any of what it asked for.
    std::function<bool(std::uint32_t node, const p2p::Pieces&)> wanted;
  };
  Origin(World& world, Events events) : world_(world), events_(std::move(events)) {}

  void handle(const Event& event);
  // Asks for the bytes of consecutive pieces on behalf of `node`.
  // Returns  the flow's number, valid until it ended.
  std::uint32_t fetch(std::uint32_t node, p2p::Pieces pieces,
                      transfer::RunningFetches::Handle running);
  // Without a word to the node: it is gone.
  void drop(std::uint32_t flow) { close(flow); }
  transfer::RunningFetches::Handle running(std::uint32_t flow) const {
    return flows_[flow].running;
  }

 private:
  struct Flow {
    std::uint32_t node = kNobody;  // nobody's: free
    std::uint32_t number = 0;      // of times it was used
    p2p::Pieces pieces;
    std::uint64_t bytes = 0;
    std::uint64_t sent = 0;
    std::uint64_t came = 0;
    std::size_t pieces_came = 0;
    Time ready_at{};
    transfer::RunningFetches::Handle running;
  };
  void serve();
  void close(std::uint32_t flow);
  void bytes_came(std::uint32_t flow, std::uint32_t bytes);
  std::uint32_t next_bytes(const Flow& flow) const;

  World& world_;
  Events events_;
  std::vector<Flow> flows_;
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> turns_;
  bool sending_ = false;
};

}  // namespace shoal::simulation
