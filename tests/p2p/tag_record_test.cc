#include "p2p/tag_record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <libtorrent/kademlia/ed25519.hpp>
#include <libtorrent/kademlia/item.hpp>

#include "p2p/dht_fixture.h"

namespace shoal::p2p {
namespace {

using std::chrono::milliseconds;

RecordName tag_name(const std::string& tag = "latest") {
  const Repository repository(*RegistryName::parse("docker.io"),
                              *RepositoryName::parse("library/python"));
  return RecordName::of(repository, *Tag::parse(tag));
}

TEST(TagRecordTest, ComesBackAsItWasSigned) {
  const TagRecord record = record_of("manifest", milliseconds(1700000000123));
  const auto sealed = sign(tag_name(), record, test_key());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->sequence, 1700000000123);
  EXPECT_LE(sealed->value.size(), kRecordBytesMax);
  const auto opened = open(*sealed, tag_name(), test_key().public_key());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, record);
}

TEST(TagRecordTest, SaysWhetherAnybodyMayRead) {
  TagRecord record = record_of("manifest", milliseconds(1700000000123));
  record.is_open = true;
  const auto sealed = sign(tag_name(), record, test_key());
  ASSERT_TRUE(sealed);
  const auto opened = open(*sealed, tag_name(), test_key().public_key());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->is_open);
}

TEST(TagRecordTest, SignatureIsTheOneOfBep44) {
  const auto sealed = sign(tag_name(), record_of("manifest", milliseconds(5)), test_key());
  ASSERT_TRUE(sealed);
  const auto theirs = lt::dht::sign_mutable_item(sealed->value, lt::span<const char>(sealed->salt),
                                                 lt::dht::sequence_number(5),
                                                 test_key().public_key(), test_key().secret_key());
  EXPECT_EQ(theirs.bytes, sealed->signature);
}

TEST(TagRecordTest, EveryChangedByteIsRefused) {
  const auto sealed = sign(tag_name(), record_of("manifest", milliseconds(5)), test_key());
  ASSERT_TRUE(sealed);
  for (std::size_t i = 0; i < sealed->value.size(); ++i) {
    SignedRecord changed = *sealed;
    changed.value[i] = static_cast<char>(changed.value[i] ^ 1);
    const auto opened = open(changed, tag_name(), test_key().public_key());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::denied);
  }
  SignedRecord later = *sealed;
  ++later.sequence;
  EXPECT_FALSE(open(later, tag_name(), test_key().public_key()));
  SignedRecord forged = *sealed;
  forged.signature[7] = static_cast<char>(forged.signature[7] ^ 4);
  EXPECT_FALSE(open(forged, tag_name(), test_key().public_key()));
}

TEST(TagRecordTest, IsOfOneClusterAndOneName) {
  const auto sealed = sign(tag_name(), record_of("manifest", milliseconds(5)), test_key(1));
  ASSERT_TRUE(sealed);
  EXPECT_FALSE(open(*sealed, tag_name(), test_key(2).public_key()));
  EXPECT_FALSE(open(*sealed, tag_name("3.12"), test_key(1).public_key()));
  SignedRecord renamed = *sealed;
  renamed.salt = tag_name("3.12").salt();
  EXPECT_FALSE(open(renamed, tag_name("3.12"), test_key(1).public_key()));
}

TEST(TagRecordTest, RecordOfADigestIsOfThatDigest) {
  const TagRecord record = record_of("manifest", milliseconds(5));
  const RecordName name = RecordName::of(record.descriptor.digest);
  EXPECT_TRUE(sign(name, record, test_key()));
  const auto other = sign(name, record_of("another", milliseconds(5)), test_key());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::invalid_argument);
}

TEST(TagRecordTest, LongMediaTypeIsRefused) {
  TagRecord record = record_of("manifest", milliseconds(5));
  record.descriptor.media_type.assign(300, 'x');
  const auto sealed = sign(tag_name(), record, test_key());
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Errc::too_large);
}

// What a member with a newer or broken program might sign.
TEST(TagRecordTest, SignedNonsenseIsRefused) {
  const std::string digest(64, 'a');
  for (const std::string& value :
       {std::string(), std::string("i5e"), std::string("de"), std::string("d1:vi1e"),
        std::string("d1:ci5e1:d3:abc1:m0:1:si1e1:vi1ee"),
        "d1:ci5e1:d71:sha256:" + digest + "1:m0:1:si-1e1:vi1ee",
        "d1:ci5e1:d71:sha256:" + digest + "1:m0:1:si1e1:vi2ee",
        "d1:ci6e1:d71:sha256:" + digest + "1:m0:1:si1e1:vi1ee",
        "d1:ci5e1:d71:sha256:" + digest + "1:si1e1:vi1ee"}) {
    SignedRecord sealed;
    sealed.salt = tag_name().salt();
    sealed.sequence = 5;
    sealed.value = value;
    const std::string text =
        "4:salt32:" + std::string(sealed.salt.begin(), sealed.salt.end()) + "3:seqi5e1:v" + value;
    sealed.signature =
        lt::dht::ed25519_sign(text, test_key().public_key(), test_key().secret_key()).bytes;
    const auto opened = open(sealed, tag_name(), test_key().public_key());
    ASSERT_FALSE(opened) << value;
    EXPECT_EQ(opened.error().code, Errc::protocol) << value;
  }
}

TEST(ClusterKeyTest, IsAPureFunctionOfItsSecret) {
  EXPECT_EQ(test_key(3).public_key().bytes, test_key(3).public_key().bytes);
  EXPECT_NE(test_key(3).public_key().bytes, test_key(4).public_key().bytes);
}

class KeyFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("shoal-key-" + std::to_string(::getpid()) + "-" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<ClusterSecret> read(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
    return read_cluster_secret(path_);
  }

  std::filesystem::path path_;
};

TEST_F(KeyFileTest, HexDigitsAreTheSecret) {
  const auto secret = read(std::string(62, '0') + "fE\n");
  ASSERT_TRUE(secret) << secret.error().message;
  EXPECT_EQ(secret->front(), std::byte{0});
  EXPECT_EQ(secret->back(), std::byte{0xfe});
}

TEST_F(KeyFileTest, AnythingElseIsRefusedAndNotQuoted) {
  for (const std::string& text : {std::string(), std::string(63, '5'), std::string(65, '5'),
                                  std::string(63, '5') + "g", std::string(4000, '5')}) {
    const auto secret = read(text);
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().code, Errc::invalid_argument);
    EXPECT_EQ(secret.error().message.find("555"), std::string::npos);
    EXPECT_NE(secret.error().message.find(path_.string()), std::string::npos);
  }
}

TEST_F(KeyFileTest, OpenToEverybodyIsRefused) {
  EXPECT_FALSE(read(std::string(64, '1'), 0644));
  EXPECT_TRUE(read(std::string(64, '1'), 0640));
}

TEST_F(KeyFileTest, MissingFileOrFolderIsRefused) {
  EXPECT_FALSE(read_cluster_secret(path_));
  EXPECT_FALSE(read_cluster_secret(std::filesystem::temp_directory_path()));
}

}  // namespace
}  // namespace shoal::p2p
