#pragma once

#include <libtorrent/fwd.hpp>
#include <libtorrent/kademlia/types.hpp>

#include "p2p/cluster_secret.h"

namespace shoal::p2p {

// The ed25519 key pair that signs the cluster's records in the DHT. All members derive the same pair
// from one secret: whoever has the secret can sign any record; who has not can sign none.
class ClusterKey {
 public:
  // The seed is HMAC-SHA256(secret, a label of ours), so that the secret may have other uses too.
  // `secret` must be unpredictable: 32 bytes from a generator, or a hash over a private key.
  static ClusterKey from_secret(const ClusterSecret& secret);

  const lt::dht::public_key& public_key() const { return public_; }
  const lt::dht::secret_key& secret_key() const { return secret_; }

 private:
  ClusterKey(const lt::dht::public_key& public_in, const lt::dht::secret_key& secret_in)
      : public_(public_in), secret_(secret_in) {}

  lt::dht::public_key public_;
  lt::dht::secret_key secret_;
};

}  // namespace shoal::p2p
