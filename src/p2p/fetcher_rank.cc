#include "p2p/fetcher_rank.h"

#include <charconv>

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::p2p {

std::uint64_t fetcher_rank(const Digest& digest, const NodeId& node) {
  const std::string both = digest.text() + "/" + node.text();
  const Digest hash = hash_of(DigestAlgorithm::sha256, as_bytes(both));
  const std::string_view hex = hash.hex().substr(0, 16);
  std::uint64_t rank = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), rank, 16);
  return rank;
}

}  // namespace shoal::p2p
