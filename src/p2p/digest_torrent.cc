#include "p2p/digest_torrent.h"

#include <iterator>
#include <string_view>
#include <vector>

#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/hasher.hpp>
#include <libtorrent/torrent_info.hpp>

#include "store/piece_layout.h"

namespace shoal::p2p {
namespace {

constexpr std::string_view kPieceLabel = "shoal piece";
// Part of every info dictionary: nodes that speak another version of this protocol do not meet.
constexpr int kProtocolVersion = 1;

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
                                               const std::string& cluster) {
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

std::shared_ptr<lt::torrent_info> digest_torrent(const Descriptor& descriptor,
                                                 const std::string& cluster) {
  const store::PieceLayout layout(descriptor.size);
  return make_torrent(descriptor.digest.text(), descriptor.size, layout.piece_bytes(),
                      layout.count(), cluster);
}

std::shared_ptr<lt::torrent_info> control_torrent(const std::string& cluster) {
  constexpr std::uint32_t kBytes = 16 * 1024;
  return make_torrent("shoal control", kBytes, kBytes, 1, cluster);
}

}  // namespace shoal::p2p
