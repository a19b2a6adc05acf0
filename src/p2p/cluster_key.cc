#include "p2p/cluster_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include <libtorrent/kademlia/ed25519.hpp>

#include "base/bytes.h"

namespace shoal::p2p {
namespace {

constexpr std::string_view kLabel = "shoal dht records 1";

std::array<char, 32> seed_of(const ClusterSecret& secret) {
  const auto label = as_bytes(kLabel);
  std::array<char, 32> seed{};
  unsigned int written = 0;
  // OpenSSL speaks of unsigned char.
  const auto* const made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                reinterpret_cast<const unsigned char*>(label.data()), label.size(),
                                reinterpret_cast<unsigned char*>(seed.data()), &written);
  if (made == nullptr || written != seed.size()) throw std::runtime_error("HMAC-SHA256 failed");
  return seed;
}

}  // namespace

ClusterKey ClusterKey::from_secret(const ClusterSecret& secret) {
  const auto [public_part, secret_part] = lt::dht::ed25519_create_keypair(seed_of(secret));
  return ClusterKey(public_part, secret_part);
}

}  // namespace shoal::p2p
