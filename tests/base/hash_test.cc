#include "base/hash.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace shoal {
namespace {

// Source  RFC 3720 (iSCSI), B.4: the CRC's published examples; the first one is the usual check
// value.
TEST(Crc32cTest, MatchesPublishedVectors) {
  std::array<std::byte, 32> bytes{};
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(bytes), 0x8a9136aaU);
  bytes.fill(std::byte{0xff});
  EXPECT_EQ(crc32c(bytes), 0x62a8ab43U);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes.at(i) = std::byte(i);
  EXPECT_EQ(crc32c(bytes), 0x46dd794eU);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes.at(i) = std::byte(31 - i);
  EXPECT_EQ(crc32c(bytes), 0x113fdb5cU);
}

TEST(Crc32cTest, GoesOnFromAnEarlierPart) {
  const std::string text(100001, 'q');
  const auto bytes = as_bytes(text);
  for (const std::size_t cut : {0UL, 1UL, 7UL, 4096UL, text.size()}) {
    EXPECT_EQ(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))), crc32c(bytes)) << cut;
  }
  EXPECT_EQ(crc32c({}), 0U);
}

// Source  FIPS 180-2, appendices B.1 and C.1, and the well-known digests of nothing.
TEST(HasherTest, MatchesPublishedVectors) {
  EXPECT_EQ(hash_of(DigestAlgorithm::sha256, as_bytes("abc")).text(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of(DigestAlgorithm::sha256, {}).text(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of(DigestAlgorithm::sha512, as_bytes("abc")).hex(),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(HasherTest, PartsGiveTheDigestOfTheWhole) {
  const std::string text(70000, 'x');
  Hasher hasher(DigestAlgorithm::sha256);
  hasher.update(as_bytes(text).first(1));
  hasher.update({});
  hasher.update(as_bytes(text).subspan(1));
  EXPECT_EQ(hasher.finish(), hash_of(DigestAlgorithm::sha256, as_bytes(text)));
}

TEST(HasherTest, MovesWithItsState) {
  Hasher first(DigestAlgorithm::sha256);
  first.update(as_bytes("a"));
  Hasher second(std::move(first));
  second.update(as_bytes("b"));
  Hasher third(DigestAlgorithm::sha512);
  third = std::move(second);
  third.update(as_bytes("c"));
  EXPECT_EQ(third.finish(), hash_of(DigestAlgorithm::sha256, as_bytes("abc")));
}

}  // namespace
}  // namespace shoal
