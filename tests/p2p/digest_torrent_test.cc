#include "p2p/digest_torrent.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <libtorrent/torrent_info.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "pki/pem.h"
#include "store/piece_layout.h"

namespace shoal::p2p {
namespace {

Digest digest(char fill) {
  return *Digest::parse("sha256:" + std::string(64, fill));
}

lt::sha1_hash info_hash(const Digest& blob, const store::PieceLayout& layout,
                        const std::string& cluster) {
  return digest_torrent(blob, layout, cluster, Transport::plain)->info_hashes().v1;
}

TEST(DigestTorrentTest, TwoNodesDeriveTheSameInfoHash) {
  const store::PieceLayout layout(1000);
  EXPECT_EQ(info_hash(digest('a'), layout, "c"), info_hash(digest('a'), layout, "c"));
}

TEST(DigestTorrentTest, DigestSizePiecesAndClusterAllMatter) {
  const store::PieceLayout layout(1000);
  const auto base = info_hash(digest('a'), layout, "c");
  EXPECT_NE(base, info_hash(digest('b'), layout, "c"));
  EXPECT_NE(base, info_hash(digest('a'), store::PieceLayout(1001), "c"));
  EXPECT_NE(base, info_hash(digest('a'), store::PieceLayout(1000, 16 * kKiB), "c"));
  EXPECT_NE(base, info_hash(digest('a'), layout, "d"));
}

TEST(DigestTorrentTest, PiecesAreThoseOfTheLayout) {
  for (const std::uint64_t size :
       {std::uint64_t{1}, 128 * kKiB, 128 * kKiB + 1, 300 * kMiB, 30 * kGiB}) {
    const store::PieceLayout layout(size);
    const auto torrent = digest_torrent(digest('a'), layout, "c", Transport::plain);
    EXPECT_EQ(torrent->total_size(), static_cast<std::int64_t>(size));
    EXPECT_EQ(torrent->piece_length(), static_cast<int>(layout.piece_bytes()));
    EXPECT_EQ(torrent->num_pieces(), static_cast<int>(layout.count()));
    EXPECT_EQ(torrent->hash_for_piece(lt::piece_index_t(0)), placeholder_hash(digest('a'), 0));
  }
}

TEST(DigestTorrentTest, ClustersHaveDifferentControlTorrents) {
  const auto hash = [](const char* cluster) {
    return control_torrent(cluster, Transport::plain)->info_hashes().v1;
  };
  EXPECT_NE(hash("a"), hash("b"));
}

TEST(DigestTorrentTest, PlainAndTlsDoNotMeet) {
  const auto hash = [](Transport transport) {
    return digest_torrent(digest('a'), store::PieceLayout(1000), "c", transport)->info_hashes().v1;
  };
  EXPECT_NE(hash(Transport::plain), hash(Transport::tls));
  EXPECT_EQ(hash(Transport::tls), hash(Transport::tls));
}

TEST(DigestTorrentTest, NobodyIsTrustedByWayOfThePlaceholder) {
  const auto torrent = control_torrent("c", Transport::tls);
  const auto text = torrent->ssl_cert();
  const auto found = pki::certificates_from(std::string_view(text.data(), text.size()));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  X509* placeholder = found->front().get();
  EXPECT_EQ(X509_check_ca(placeholder), 0);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notAfter(placeholder)), 0);
  // Its public key is the point whose x is SHA-256("shoal placeholder 0"): nobody has the other half.
  const std::string x = hash_of(DigestAlgorithm::sha256, as_bytes("shoal placeholder 0")).text();
  unsigned char* encoded = nullptr;
  const std::size_t size =
      EVP_PKEY_get1_encoded_public_key(X509_get0_pubkey(placeholder), &encoded);
  ASSERT_EQ(size, 65U);
  std::string hex;
  for (std::size_t i = 1; i <= 32; ++i) hex += fmt::format("{:02x}", encoded[i]);
  OPENSSL_free(encoded);
  EXPECT_EQ("sha256:" + hex, x);
}

}  // namespace
}  // namespace shoal::p2p
