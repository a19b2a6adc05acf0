#include "base/digest.h"

#include <array>
#include <stdexcept>
#include <string>
#include <unordered_set>

#include <gtest/gtest.h>

namespace shoal {
namespace {

const std::string kHex64(64, 'a');
const std::string kHex128(128, '0');

TEST(DigestTest, ParsesBothAlgorithms) {
  const auto short_one = Digest::parse("sha256:" + kHex64);
  ASSERT_TRUE(short_one);
  EXPECT_EQ(short_one->algorithm(), DigestAlgorithm::sha256);
  EXPECT_EQ(short_one->algorithm_name(), "sha256");
  EXPECT_EQ(short_one->hex(), kHex64);
  EXPECT_EQ(short_one->brief(), "aaaaaaaaaaaa");
  EXPECT_EQ(short_one->text(), "sha256:" + kHex64);

  const auto long_one = Digest::parse("sha512:" + kHex128);
  ASSERT_TRUE(long_one);
  EXPECT_EQ(long_one->algorithm(), DigestAlgorithm::sha512);
  EXPECT_EQ(long_one->algorithm_name(), "sha512");
  EXPECT_EQ(long_one->hex(), kHex128);
}

TEST(DigestTest, RefusesWhatIsNotADigest) {
  const std::string hostile[] = {"",
                                 ":",
                                 "sha256",
                                 "sha256:",
                                 kHex64,
                                 ":" + kHex64,
                                 "md5:" + kHex64,
                                 "SHA256:" + kHex64,
                                 "sha256 :" + kHex64,
                                 "sha256:" + kHex64.substr(1),
                                 "sha256:" + kHex64 + "a",
                                 "sha256:" + kHex128,
                                 "sha512:" + kHex64,
                                 "sha256:" + std::string(64, 'A'),
                                 "sha256:" + std::string(64, 'g'),
                                 "sha256:" + kHex64.substr(1) + "\n",
                                 "sha256:" + kHex64.substr(1) + std::string(1, '\0'),
                                 "sha256:../" + kHex64.substr(3),
                                 "sha256::" + kHex64.substr(1),
                                 std::string(1 << 20, 's')};
  for (const std::string& text : hostile) {
    const auto got = Digest::parse(text);
    ASSERT_FALSE(got) << text.substr(0, 200);
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
    EXPECT_LT(got.error().message.size(), 200U);
  }
}

TEST(DigestTest, RawBytesBecomeItsHex) {
  std::array<std::byte, 32> raw{};
  raw.front() = std::byte{0x0b};
  const Digest digest = Digest::from_raw(DigestAlgorithm::sha256, raw);
  EXPECT_EQ(digest.text(), "sha256:0b" + std::string(62, '0'));
  EXPECT_EQ(*Digest::parse(digest.text()), digest);
  EXPECT_THROW(Digest::from_raw(DigestAlgorithm::sha512, raw), std::logic_error);
  EXPECT_THROW(Digest::from_raw(DigestAlgorithm::sha256, {}), std::logic_error);
}

TEST(DigestTest, IsAKeyOfUnorderedContainers) {
  const auto one = *Digest::parse("sha256:" + kHex64);
  const auto other = *Digest::parse("sha512:" + kHex128);
  const std::unordered_set<Digest> set{one, other, one};
  EXPECT_EQ(set.size(), 2U);
  EXPECT_TRUE(set.contains(one));
}

}  // namespace
}  // namespace shoal
