#include "p2p/digest_torrent.h"

#include <gtest/gtest.h>

#include <libtorrent/torrent_info.hpp>

#include "base/bytes.h"
#include "store/piece_layout.h"

namespace shoal::p2p {
namespace {

Descriptor descriptor(char fill, std::uint64_t size) {
  return Descriptor(*Digest::parse("sha256:" + std::string(64, fill)), size);
}

lt::sha1_hash info_hash(const Descriptor& blob, const std::string& cluster) {
  return digest_torrent(blob, cluster, Transport::plain)->info_hashes().v1;
}

TEST(DigestTorrentTest, TwoNodesDeriveTheSameInfoHash) {
  EXPECT_EQ(info_hash(descriptor('a', 1000), "c"), info_hash(descriptor('a', 1000), "c"));
}

TEST(DigestTorrentTest, MediaTypeDoesNotMatter) {
  Descriptor typed = descriptor('a', 1000);
  typed.media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
  EXPECT_EQ(info_hash(typed, "c"), info_hash(descriptor('a', 1000), "c"));
}

TEST(DigestTorrentTest, DigestSizeAndClusterAllMatter) {
  const auto base = info_hash(descriptor('a', 1000), "c");
  EXPECT_NE(base, info_hash(descriptor('b', 1000), "c"));
  EXPECT_NE(base, info_hash(descriptor('a', 1001), "c"));
  EXPECT_NE(base, info_hash(descriptor('a', 1000), "d"));
}

TEST(DigestTorrentTest, PiecesAreThoseOfTheLayout) {
  for (const std::uint64_t size :
       {std::uint64_t{1}, 128 * kKiB, 128 * kKiB + 1, 300 * kMiB, 30 * kGiB}) {
    const auto torrent = digest_torrent(descriptor('a', size), "c", Transport::plain);
    const store::PieceLayout layout(size);
    EXPECT_EQ(torrent->total_size(), static_cast<std::int64_t>(size));
    EXPECT_EQ(torrent->piece_length(), static_cast<int>(layout.piece_bytes()));
    EXPECT_EQ(torrent->num_pieces(), static_cast<int>(layout.count()));
    EXPECT_EQ(torrent->hash_for_piece(lt::piece_index_t(0)),
              placeholder_hash(descriptor('a', size).digest, 0));
  }
}

TEST(DigestTorrentTest, ClustersHaveDifferentControlTorrents) {
  const auto hash = [](const char* cluster) {
    return control_torrent(cluster, Transport::plain)->info_hashes().v1;
  };
  EXPECT_NE(hash("a"), hash("b"));
}

}  // namespace
}  // namespace shoal::p2p
