#include "p2p/digest_torrent.h"

#include <iterator>
#include <string_view>
#include <vector>

#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/hasher.hpp>
#include <libtorrent/torrent_info.hpp>

namespace shoal::p2p {
namespace {

constexpr std::string_view kPieceLabel = "shoal piece";
// Part of every info dictionary: nodes that speak another version of this protocol do not meet.
constexpr int kProtocolVersion = 1;

// What makes libtorrent take a torrent for an SSL torrent; also, the authority that it would trust if
// we did not put the cluster's in its place (tls_contexts.h). The cluster's own certificates cannot
// stand here: the info-hash would change with them. Nobody can be trusted by way of this one: it is
// no authority, it ended in 1970, and no one has its key: the public key is the point of P-256 with
// the even y whose x is SHA-256("shoal placeholder 0").
constexpr std::string_view kPlaceholderCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBNTCB3aADAgECAgEBMAoGCCqGSM49BAMCMBwxGjAYBgNVBAMMEXNob2FsIHBs\n"
    "YWNlaG9sZGVyMB4XDTcwMDEwMTAwMDAwMFoXDTcwMDEwMjAwMDAwMFowHDEaMBgG\n"
    "A1UEAwwRc2hvYWwgcGxhY2Vob2xkZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AARGvdHpBg1GiBvtpQ4/D9K/YCANaTI8PW9prL8mDQEDjq1YjWY7pBGgf2WTmiYv\n"
    "MW5+aH4cGgTxNk39hHf/PSeSoxAwDjAMBgNVHRMBAf8EAjAAMAoGCCqGSM49BAMC\n"
    "A0cAMEQCIFzORufE5i4eGKKJ3vOIkdmASyXt7D8/4Xdsc432Er8aAiBqNqXOFmwZ\n"
    "r2WzH9WROAIIeb/ZlH0SvPiBfKlEA+XTmg==\n"
    "-----END CERTIFICATE-----\n";

void hash_field(lt::hasher& hasher, std::string_view text) {
  static constexpr char kEnd = '\0';
  hasher.update(lt::span<char const>(text.data(), static_cast<std::ptrdiff_t>(text.size())));
  hasher.update(lt::span<char const>(&kEnd, 1));
}

lt::sha1_hash placeholder(std::string_view name, std::uint32_t piece) {
  lt::hasher hasher;
  hash_field(hasher, kPieceLabel);
  hash_field(hasher, name);
  hash_field(hasher, std::to_string(piece));
  return hasher.final();
}

std::shared_ptr<lt::torrent_info> make_torrent(const std::string& name, std::uint64_t size,
                                               std::uint32_t piece_bytes, std::uint32_t pieces,
                                               const std::string& cluster, Transport transport) {
  std::string hashes;
  hashes.reserve(std::size_t{pieces} * lt::sha1_hash::size());
  for (std::uint32_t i = 0; i < pieces; ++i) hashes += placeholder(name, i).to_string();

  lt::entry torrent;
  lt::entry& info = torrent["info"];
  info["name"] = name;
  info["length"] = static_cast<std::int64_t>(size);
  info["piece length"] = static_cast<std::int64_t>(piece_bytes);
  info["pieces"] = hashes;
  info["shoal cluster"] = cluster;
  info["shoal version"] = kProtocolVersion;
  if (transport == Transport::tls) info["ssl-cert"] = std::string(kPlaceholderCertificate);

  std::vector<char> bytes;
  lt::bencode(std::back_inserter(bytes), torrent);
  lt::load_torrent_limits limits;
  limits.max_buffer_size = 64 * 1024 * 1024;
  limits.max_pieces = 0x200000;
  return std::make_shared<lt::torrent_info>(lt::span<char const>(bytes), limits, lt::from_span);
}

}  // namespace

lt::sha1_hash placeholder_hash(const Digest& digest, std::uint32_t piece) {
  return placeholder(digest.text(), piece);
}

std::shared_ptr<lt::torrent_info> digest_torrent(const Digest& digest,
                                                 const store::PieceLayout& layout,
                                                 const std::string& cluster, Transport transport) {
  return make_torrent(digest.text(), layout.blob_bytes(), layout.piece_bytes(), layout.count(),
                      cluster, transport);
}

std::shared_ptr<lt::torrent_info> control_torrent(const std::string& cluster, Transport transport) {
  constexpr std::uint32_t kBytes = 16 * 1024;
  return make_torrent("shoal control", kBytes, kBytes, 1, cluster, transport);
}

}  // namespace shoal::p2p
