#include "p2p/tag_record.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <libtorrent/bdecode.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/hasher.hpp>
#include <libtorrent/kademlia/ed25519.hpp>

#include "base/bytes.h"
#include "base/hash.h"

namespace shoal::p2p {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr std::size_t kMediaTypeBytesMax = 255;

Salt salt_of(std::string_view text) {
  const std::string hex(hash_of(DigestAlgorithm::sha256, as_bytes(text)).hex());
  Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) {
    salt[i] = static_cast<char>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  return salt;
}

// What the signature covers.   Source  BEP 44, "Signature verification".
std::string signed_text(const SignedRecord& record) {
  std::string text = "4:salt" + std::to_string(record.salt.size()) + ":";
  text.append(record.salt.data(), record.salt.size());
  text += "3:seqi" + std::to_string(record.sequence) + "e1:v" + record.value;
  return text;
}

std::string encode(const TagRecord& record) {
  lt::entry value;
  value["c"] = static_cast<std::int64_t>(record.checked_at.count());
  value["d"] = record.descriptor.digest.text();
  value["m"] = record.descriptor.media_type;
  if (record.is_open) value["o"] = 1;
  value["s"] = static_cast<std::int64_t>(record.descriptor.size);
  value["v"] = kFormatVersion;
  std::string bytes;
  lt::bencode(std::back_inserter(bytes), value);
  return bytes;
}

bool fits(const RecordName& name, const TagRecord& record) {
  return record.checked_at.count() >= 0 && record.descriptor.size <= kBlobBytesMax &&
         (!name.digest() || *name.digest() == record.descriptor.digest);
}

Result<TagRecord> decode(const std::string& value) {
  const auto malformed = [] {
    return fail(Errc::protocol, "a signed record of the cluster is malformed");
  };
  lt::bdecode_node node;
  lt::error_code error;
  const char* const begin = value.data();
  if (lt::bdecode(begin, begin + value.size(), node, error) != 0) return malformed();
  if (node.type() != lt::bdecode_node::dict_t) return malformed();
  if (node.dict_find_int_value("v", -1) != kFormatVersion) return malformed();
  const std::int64_t checked_at = node.dict_find_int_value("c", -1);
  const std::int64_t size = node.dict_find_int_value("s", -1);
  const auto digest = Digest::parse(std::string(node.dict_find_string_value("d")));
  const lt::bdecode_node media_type = node.dict_find_string("m");
  if (!digest || checked_at < 0 || size < 0 || !media_type) return malformed();
  std::string media(media_type.string_value());
  if (media.size() > kMediaTypeBytesMax) return malformed();
  Descriptor descriptor(*digest, static_cast<std::uint64_t>(size), std::move(media));
  const bool is_open = node.dict_find_int_value("o", 0) == 1;
  return TagRecord(std::move(descriptor), std::chrono::milliseconds(checked_at), is_open);
}

}  // namespace

RecordName RecordName::of(const Repository& repository, const Reference& reference) {
  const auto* const digest = std::get_if<Digest>(&reference);
  RecordName name(
      salt_of(repository.text() + (digest != nullptr ? "@" : ":") + to_text(reference)));
  if (digest != nullptr) name.digest_ = *digest;
  return name;
}

RecordName RecordName::of(const Digest& digest) {
  RecordName name(salt_of(digest.text()));
  name.digest_ = digest;
  return name;
}

lt::sha1_hash RecordName::target(const lt::dht::public_key& key) const {
  return record_target(salt_, key);
}

lt::sha1_hash record_target(const Salt& salt, const lt::dht::public_key& key) {
  lt::hasher hasher{lt::span<const char>(key.bytes)};
  hasher.update(lt::span<const char>(salt));
  return hasher.final();
}

Result<SignedRecord> sign(const RecordName& name, const TagRecord& record, const ClusterKey& key) {
  if (!fits(name, record)) {
    return fail(Errc::invalid_argument, "a record of " + record.descriptor.digest.text() +
                                            " has a wrong time, size or name");
  }
  SignedRecord sealed;
  sealed.salt = name.salt();
  sealed.sequence = record.checked_at.count();
  sealed.value = encode(record);
  if (record.descriptor.media_type.size() > kMediaTypeBytesMax ||
      sealed.value.size() > kRecordBytesMax) {
    return fail(Errc::too_large,
                "the media type of " + record.descriptor.digest.text() + " is too long to record");
  }
  const std::string text = signed_text(sealed);
  sealed.signature = lt::dht::ed25519_sign(text, key.public_key(), key.secret_key()).bytes;
  return sealed;
}

Result<TagRecord> open(const SignedRecord& sealed, const RecordName& name,
                       const lt::dht::public_key& key) {
  if (sealed.value.size() > kRecordBytesMax || sealed.salt != name.salt()) {
    return fail(Errc::denied, "a record of another name");
  }
  const lt::dht::signature signature(sealed.signature.data());
  if (!lt::dht::ed25519_verify(signature, signed_text(sealed), key)) {
    return fail(Errc::denied, "a record that the cluster did not sign");
  }
  auto record = decode(sealed.value);
  if (!record) return record;
  if (!fits(name, *record) || record->checked_at.count() != sealed.sequence) {
    return fail(Errc::protocol, "a signed record says other than its name or number");
  }
  return record;
}

}  // namespace shoal::p2p
