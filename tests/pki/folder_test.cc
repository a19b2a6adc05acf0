#include "pki/folder.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "pki/credentials.h"
#include "pki/summary.h"

namespace shoal::pki {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

class PkiFolderTest : public testing::Test {
 protected:
  ~PkiFolderTest() override { fs::remove_all(folder_); }
  static fs::perms permissions(const fs::path& file) { return fs::status(file).permissions(); }

  fs::path folder_ = fs::temp_directory_path() / ("shoal-pki-test-" + random_hex(12));
  fs::path ca_ = folder_ / "ca";
  fs::path node_ = folder_ / "deep" / "node";
};

TEST_F(PkiFolderTest, IssuedFolderIsAllThatANodeNeeds) {
  ASSERT_TRUE(init_authority(ca_, "test", 2));
  const auto issued = issue_into(node_, ca_, "node", 1);
  ASSERT_TRUE(issued) << issued.error().message;
  const CredentialFiles files{node_ / kAuthorityFile, node_ / kMemberFile, node_ / kMemberKeyFile};
  const auto texts = read_credentials(files);
  ASSERT_TRUE(texts) << texts.error().message;
  const auto made = Credentials::make(files, *texts);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_LT((*made)->expires_at(), std::chrono::system_clock::now() + std::chrono::hours(25));
  EXPECT_EQ(permissions(ca_ / kAuthorityKeyFile), fs::perms(0600));
  EXPECT_EQ(permissions(node_ / kMemberKeyFile), fs::perms(0600));
  EXPECT_FALSE(fs::exists(node_ / kAuthorityKeyFile));
}

TEST_F(PkiFolderTest, MembersShareTheClustersKey) {
  ASSERT_TRUE(init_authority(ca_, "test", 2));
  ASSERT_TRUE(issue_into(node_, ca_, "node", 1));
  const auto key = read_text_file(node_ / kClusterKeyFile);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->size(), 65U);
  EXPECT_EQ(*read_text_file(ca_ / kClusterKeyFile), *key);
  EXPECT_EQ(permissions(ca_ / kClusterKeyFile), fs::perms(0600));
  EXPECT_EQ(permissions(node_ / kClusterKeyFile), fs::perms(0600));
  ASSERT_TRUE(init_authority(folder_ / "other", "test", 2));
  EXPECT_NE(*read_text_file(folder_ / "other" / kClusterKeyFile), *key);
}

TEST_F(PkiFolderTest, AuthorityThatIsOlderThanTheClustersKeyStillIssues) {
  ASSERT_TRUE(init_authority(ca_, "test", 2));
  fs::remove(ca_ / kClusterKeyFile);
  ASSERT_TRUE(issue_into(node_, ca_, "node", 1));
  EXPECT_FALSE(fs::exists(node_ / kClusterKeyFile));
}

TEST_F(PkiFolderTest, NothingIsOverwritten) {
  ASSERT_TRUE(init_authority(ca_, "test", 2));
  ASSERT_TRUE(issue_into(node_, ca_, "node", 1));
  const std::string before = *read_text_file(ca_ / kAuthorityKeyFile);
  const auto again = init_authority(ca_, "test", 2);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::invalid_argument);
  EXPECT_THAT(again.error().message, HasSubstr("is there already"));
  EXPECT_EQ(*read_text_file(ca_ / kAuthorityKeyFile), before);
  EXPECT_FALSE(issue_into(node_, ca_, "node", 1));
  fs::remove(node_ / kMemberKeyFile);
  EXPECT_FALSE(issue_into(node_, ca_, "node", 1));
  EXPECT_FALSE(fs::exists(node_ / kMemberKeyFile)) << "half a pair was left";
}

TEST_F(PkiFolderTest, MissingAuthorityIsNamed) {
  const auto issued = issue_into(node_, ca_, "node", 1);
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().message, HasSubstr((ca_ / kAuthorityFile).native()));
  EXPECT_FALSE(fs::exists(node_));
}

TEST_F(PkiFolderTest, PlaceThatIsNoFolderIsAnError) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  EXPECT_FALSE(init_authority(folder_ / "file" / "ca", "test", 2));
}

TEST_F(PkiFolderTest, DescriptionNamesEveryCertificate) {
  ASSERT_TRUE(init_authority(ca_, "the authority", 2));
  ASSERT_TRUE(issue_into(node_, ca_, "the node", 1));
  const auto text = describe(node_);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("CN = the node"));
  EXPECT_THAT(*text, HasSubstr("CN = the authority"));
  EXPECT_EQ(text->find("PRIVATE"), std::string::npos);
  fs::create_directories(folder_ / "empty");
  EXPECT_EQ(describe(folder_ / "empty").error().code, Errc::not_found);
  EXPECT_FALSE(describe(node_ / kMemberKeyFile));
}

}  // namespace
}  // namespace shoal::pki
