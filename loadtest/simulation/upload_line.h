#pragma once

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// What nodes send to their peers: a node's line serves those that asked in turns, a quantum each.
class UploadLine {
 public:
  explicit UploadLine(World& world) : world_(world) {}

  // At the side that was asked.
  void request_arrives(std::uint32_t side, Request what);
  void cancel_arrives(std::uint32_t side, std::uint32_t piece);
  // What the node was sending has left it.
  void line_free(std::uint32_t node);
  // Whatever it had in its lines is lost with it.
  void node_failed(std::uint32_t node);

 private:
  void serve(std::uint32_t node);

  World& world_;
};

}  // namespace shoal::simulation
