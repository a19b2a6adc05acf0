#include "pki/pem.h"

#include <gmock/gmock.h>

#include "pki/test_authority.h"

namespace shoal::pki {
namespace {

using testing::HasSubstr;

TEST(PemTest, WhatIsWrittenIsReadBack) {
  const TestAuthority authority;
  const auto certificates = certificates_from(authority.certificate_pem());
  ASSERT_TRUE(certificates) << certificates.error().message;
  EXPECT_EQ(pem_of(certificates->front()), authority.certificate_pem());
  const auto key = private_key_from(authority.pair().key_pem);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(pem_of(*key), authority.pair().key_pem);
}

TEST(PemTest, AllCertificatesOfABundleAreFoundInOrder) {
  const std::string one = TestAuthority().certificate_pem();
  const std::string two = TestAuthority().certificate_pem();
  const auto found = certificates_from("# old\n" + one + "\n# new\n" + two + "the end\n");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(pem_of((*found)[0]), one);
  EXPECT_EQ(pem_of((*found)[1]), two);
}

TEST(PemTest, TextsThatAreNoCertificatesAreRefused) {
  const TestAuthority authority;
  const std::string good = authority.certificate_pem();
  const std::string half = good.substr(0, good.size() / 2);
  std::string garbled = good;
  garbled.replace(garbled.find('\n') + 1, 4, "!!!!");
  std::string too_many;
  for (std::size_t i = 0; i <= kCertificatesMax; ++i) too_many += good;
  const std::pair<std::string, const char*> table[] = {
      {"", "no certificate"},
      {"hello", "no certificate"},
      {authority.pair().key_pem, "no certificate"},
      {half, "broken certificate"},
      {garbled, "broken certificate"},
      {good + half, "broken certificate"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken certificate"},
      {too_many, "more than 64"},
  };
  for (const auto& [text, what] : table) {
    const auto found = certificates_from(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Errc::invalid_argument);
    EXPECT_THAT(found.error().message, HasSubstr(what)) << text;
  }
}

TEST(PemTest, KeyBehindAPasswordIsRefusedAndNotAskedFor) {
  // Made with: openssl genpkey -algorithm ED25519 -aes256 -pass pass:secret
  const auto key = private_key_from(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhFp8W2jopotgICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECe1tbhFKTFUZCjGW3UHRycEQBHa\n"
      "gPI1wfPy3sae6D0c+EDL4mNh5EeVfJfQgp0Rw/PoZApLwoJFIIysZL1+S5GaodOw\n"
      "7WQdB6iQKFGoByu02Qk=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n");
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().message, HasSubstr("password"));
  EXPECT_FALSE(private_key_from(TestAuthority().certificate_pem()));
}

}  // namespace
}  // namespace shoal::pki
