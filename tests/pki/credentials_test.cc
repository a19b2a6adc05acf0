#include "pki/credentials.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "pki/test_authority.h"

namespace shoal::pki {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

CredentialTexts texts_of(const TestAuthority& authority, const Validity& validity = valid_now()) {
  const Issued issued = authority.member("node", validity);
  return {authority.certificate_pem(), issued.certificate_pem, issued.key_pem};
}

std::string complaint_about(const CredentialTexts& texts) {
  const auto made = Credentials::make(test_files(), texts);
  if (made) return "fine";
  EXPECT_EQ(made.error().code, Errc::invalid_argument);
  return made.error().message;
}

TEST(CredentialsTest, FilesThatFitTogetherAreTaken) {
  const auto made = Credentials::make(test_files(), texts_of(TestAuthority()));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT((*made)->expires_at(), std::chrono::system_clock::now());
}

TEST(CredentialsTest, CertificateOfEitherAuthorityOfABundleIsTaken) {
  const TestAuthority old_one;
  const TestAuthority new_one;  // of the same name
  for (const TestAuthority* authority : {&old_one, &new_one}) {
    CredentialTexts texts = texts_of(*authority);
    texts.ca = old_one.certificate_pem() + new_one.certificate_pem();
    EXPECT_EQ(complaint_about(texts), "fine");
  }
}

TEST(CredentialsTest, WhatDoesNotFitIsNamedWithItsFile) {
  const TestAuthority authority;
  const CredentialTexts good = texts_of(authority);
  CredentialTexts texts = good;
  texts.ca = "";
  EXPECT_THAT(complaint_about(texts), HasSubstr("ca.pem: holds no certificate"));
  texts = good;
  texts.ca = TestAuthority("other").certificate_pem();
  EXPECT_THAT(complaint_about(texts), HasSubstr("node.pem: is not good"));
  texts = good;
  texts.ca += texts.certificate;
  EXPECT_THAT(complaint_about(texts), HasSubstr("ca.pem: holds a certificate that may not sign"));
  texts = good;
  texts.key = texts_of(authority).key;
  EXPECT_THAT(complaint_about(texts), HasSubstr("node.key: is not the key of node.pem"));
  texts = good;
  texts.certificate = good.key;
  EXPECT_THAT(complaint_about(texts), HasSubstr("node.pem: holds no certificate"));
  EXPECT_THAT(complaint_about(texts_of(authority, expired())), HasSubstr("has expired"));
  texts = good;
  texts.certificate = authority.certificate_pem();
  texts.key = authority.pair().key_pem;
  EXPECT_THAT(complaint_about(texts), HasSubstr("DNS name \"*\""));
}

class CredentialsReaderTest : public testing::Test {
 protected:
  CredentialsReaderTest() { fs::create_directories(folder_); }
  ~CredentialsReaderTest() override { fs::remove_all(folder_); }

  // All three files in a folder of their own, as Kubernetes mounts a Secret.
  void write(const std::string& version, const CredentialTexts& texts) {
    fs::create_directories(folder_ / version);
    std::ofstream(folder_ / version / "ca.pem") << texts.ca;
    std::ofstream(folder_ / version / "node.pem") << texts.certificate;
    std::ofstream(folder_ / version / "node.key") << texts.key;
  }
  void point_to(const std::string& version) {
    fs::create_directory_symlink(version, folder_ / "..tmp");
    fs::rename(folder_ / "..tmp", folder_ / "..data");
  }
  CredentialsReader reader() const {
    const fs::path data = folder_ / "..data";
    return CredentialsReader({data / "ca.pem", data / "node.pem", data / "node.key"});
  }

  fs::path folder_ = fs::temp_directory_path() / ("shoal-pki-test-" + random_hex(12));
  TestAuthority authority_;
};

TEST_F(CredentialsReaderTest, SwitchedLinkIsSeenOnce) {
  write("one", texts_of(authority_));
  write("two", texts_of(authority_));
  point_to("one");
  CredentialsReader reader = this->reader();
  ASSERT_TRUE(*reader.changed());
  EXPECT_FALSE(*reader.changed());
  point_to("two");
  EXPECT_TRUE(*reader.changed());
  EXPECT_FALSE(*reader.changed());
}

TEST_F(CredentialsReaderTest, BrokenFileIsToldOnceAndAGoodOneTakenAfterIt) {
  const CredentialTexts good = texts_of(authority_);
  write("one", good);
  point_to("one");
  CredentialsReader reader = this->reader();
  ASSERT_TRUE(*reader.changed());
  CredentialTexts half = texts_of(authority_);
  half.key = good.key;  // the certificate is new, its key not yet
  write("one", half);
  const auto broken = reader.changed();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("node.key: is not the key"));
  EXPECT_FALSE(*reader.changed()) << "told again";
  write("one", texts_of(authority_));
  const auto whole = reader.changed();
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_TRUE(*whole);
}

TEST_F(CredentialsReaderTest, FilesThatComeBackUnchangedAreNothingNew) {
  write("one", texts_of(authority_));
  point_to("one");
  CredentialsReader reader = this->reader();
  ASSERT_TRUE(*reader.changed());
  fs::remove(folder_ / "..data");
  const auto missing = reader.changed();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("ca.pem"));
  point_to("one");
  EXPECT_FALSE(*reader.changed());
}

}  // namespace
}  // namespace shoal::pki
