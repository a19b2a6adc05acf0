#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <libtorrent/fwd.hpp>
#include <libtorrent/kademlia/types.hpp>
#include <libtorrent/sha1_hash.hpp>

#include "base/descriptor.h"
#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"
#include "p2p/cluster_key.h"

// What a tag points at, or how large the content of a digest is, as the cluster's DHT holds it: BEP 44
// mutable items signed with the cluster's key.
//   key    the cluster's public key
//   salt   SHA-256 over "registry/repository:tag", over "registry/repository@digest" (that it belongs there), or
//          over the digest's text (which has no "/")
//   seq    checked_at in milliseconds since 1970, so that the newest answer of the registry wins
//   value  bencoded {"c": checked_at, "d": digest, "m": media type, "s": size, "v": 1}, and "o": 1 where the
//          registry lets anybody read the repository
namespace shoal::p2p {

using Salt = std::array<char, 32>;

// The limit of BEP 44.
inline constexpr std::size_t kRecordBytesMax = 1000;

// What a record is found by.
class RecordName {
 public:
  static RecordName of(const Repository& repository, const Reference& reference);
  static RecordName of(const Digest& digest);

  const Salt& salt() const { return salt_; }
  // Where the DHT keeps it.
  lt::sha1_hash target(const lt::dht::public_key& key) const;
  // With a name made of a digest: that digest.
  const std::optional<Digest>& digest() const { return digest_; }

 private:
  explicit RecordName(const Salt& salt) : salt_(salt) {}
  Salt salt_;
  std::optional<Digest> digest_;
};

// SHA-1 over key and salt.   Source  BEP 44, "Mutable items".
lt::sha1_hash record_target(const Salt& salt, const lt::dht::public_key& key);

struct TagRecord {
  TagRecord(Descriptor descriptor_in, std::chrono::milliseconds checked_at_in,
            bool is_open_in = false)
      : descriptor(std::move(descriptor_in)), checked_at(checked_at_in), is_open(is_open_in) {}

  Descriptor descriptor;
  std::chrono::milliseconds checked_at;  // since 1970: when the registry said so
  bool is_open;                          // the registry lets anybody read the repository

  bool operator==(const TagRecord&) const = default;
};

// A record as it travels and lies in the DHT; from outside nothing of it can be trusted before open().
struct SignedRecord {
  Salt salt{};
  std::int64_t sequence = 0;
  std::string value;  // bencoded
  std::array<char, 64> signature{};
};

// Errors  too_large: the media type makes it larger than kRecordBytesMax; invalid_argument: checked
//         before 1970, or the record is of another digest than the name.
Result<SignedRecord> sign(const RecordName& name, const TagRecord& record, const ClusterKey& key);

// The record, if the cluster signed it for `name` and it says what it should.
// Errors  denied: the signature does not fit; protocol: signed, but not what we write.
Result<TagRecord> open(const SignedRecord& sealed, const RecordName& name,
                       const lt::dht::public_key& key);

}  // namespace shoal::p2p
