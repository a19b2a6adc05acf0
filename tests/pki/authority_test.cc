#include "pki/authority.h"

#include <gmock/gmock.h>

#include "pki/summary.h"
#include "pki/test_authority.h"

namespace shoal::pki {
namespace {

using testing::HasSubstr;

TEST(AuthorityTest, VouchesForItselfAndForMembers) {
  const TestAuthority authority("one");
  const auto own = summaries(authority.certificate_pem());
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->front().subject, "CN = one");
  EXPECT_EQ(own->front().issuer, own->front().subject);
  const auto member = summaries(authority.member("node 7").certificate_pem);
  ASSERT_TRUE(member) << member.error().message;
  EXPECT_EQ(member->front().subject, "CN = node 7");
  EXPECT_EQ(member->front().issuer, "CN = one");
  EXPECT_EQ(member->front().fingerprint.size(), 64U);
  EXPECT_FALSE(member->front().expired);
}

TEST(AuthorityTest, NoTwoCertificatesAreTheSame) {
  const TestAuthority authority;
  const auto one = summaries(authority.member("node").certificate_pem);
  const auto two = summaries(authority.member("node").certificate_pem);
  EXPECT_NE(one->front().fingerprint, two->front().fingerprint);
}

TEST(AuthorityTest, MemberEndsWithItsAuthorityAtTheLatest) {
  const TestAuthority authority;
  Validity longer = valid_now();
  longer.not_after += std::chrono::hours(1000);
  EXPECT_EQ(summaries(authority.member("node", longer).certificate_pem)->front().not_after,
            summaries(authority.certificate_pem())->front().not_after);
}

TEST(AuthorityTest, BadNamesAreRefused) {
  for (const std::string& name :
       {std::string(), std::string(kNameBytesMax + 1, 'a'), std::string("a\nb"),
        std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    const auto made = make_authority(name, valid_now());
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().code, Errc::invalid_argument);
    EXPECT_FALSE(issue_member(TestAuthority().pair(), name, valid_now()));
  }
}

TEST(AuthorityTest, OnlyAnAuthorityInForceIssues) {
  const TestAuthority authority;
  const auto refusal = [](const Issued& pair) {
    const auto made = issue_member(pair, "node", valid_now());
    return made ? std::string("issued") : made.error().message;
  };
  EXPECT_THAT(refusal(authority.member("node")), HasSubstr("may not sign others"));
  EXPECT_THAT(refusal({authority.certificate_pem(), TestAuthority().pair().key_pem}),
              HasSubstr("does not belong"));
  EXPECT_THAT(refusal(*make_authority("old", expired())), HasSubstr("has expired"));
  EXPECT_THAT(refusal({"", ""}), HasSubstr("certificate holds no certificate"));
  EXPECT_THAT(refusal({authority.certificate_pem(), "nonsense"}), HasSubstr("no private key"));
}

}  // namespace
}  // namespace shoal::pki
