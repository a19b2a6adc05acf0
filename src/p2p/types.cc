#include "p2p/types.h"

#include <algorithm>

#include "base/random.h"

namespace shoal::p2p {
namespace {

constexpr std::size_t kNodeIdDigits = 32;

}  // namespace

NodeId NodeId::random() {
  return NodeId(random_hex(static_cast<int>(kNodeIdDigits)));
}

Result<NodeId> NodeId::parse(std::string_view text) {
  const bool good =
      text.size() == kNodeIdDigits && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      });
  if (!good) return fail(Errc::invalid_argument, "node id is not 32 lower-case hex digits");
  return NodeId(std::string(text));
}

}  // namespace shoal::p2p
