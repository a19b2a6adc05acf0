#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::p2p {

// Who a node is in the swarm: 16 random bytes as 32 lower-case hex digits, new at each start.
class NodeId {
 public:
  static NodeId random();
  // Errors  invalid_argument.
  static Result<NodeId> parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string_view brief() const { return std::string_view(text_).substr(0, 8); }
  auto operator<=>(const NodeId&) const = default;

 private:
  explicit NodeId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// One connection to one peer; never used twice in a process.
using PeerKey = std::uint64_t;

// Piece indices of one blob, in any order.
using Pieces = std::vector<std::uint32_t>;

// How much of a blob a node has.
enum class Holding : std::uint8_t { none = 0, arriving = 1, complete = 2 };

}  // namespace shoal::p2p
