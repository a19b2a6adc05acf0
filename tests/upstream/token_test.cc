#include "upstream/token.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

using std::chrono::seconds;

const SteadyTime kNow = SteadyTime(seconds(100000));

TokenKey key(const std::string& scope = "repository:a/b:pull",
             const std::string& registry = "reg.test") {
  return TokenKey(registry, *Url::parse("https://auth.test/token"), "svc", scope);
}

TEST(TokenResponseTest, EitherNameOfTheToken) {
  EXPECT_EQ(parse_token_response(R"({"token": "t", "access_token": "a"})", kNow)->text, "t");
  EXPECT_EQ(parse_token_response(R"({"access_token": "a"})", kNow)->text, "a");
}

TEST(TokenResponseTest, LifeIsWhatItSaysLessAMargin) {
  const auto life = [](const std::string& expires) {
    const auto token = parse_token_response(R"({"token": "t")" + expires + "}", kNow);
    return std::chrono::duration_cast<seconds>(token->expires_at - kNow).count();
  };
  EXPECT_EQ(life(""), 50);
  EXPECT_EQ(life(R"(, "expires_in": 300)"), 290);
  EXPECT_EQ(life(R"(, "expires_in": 8)"), 6);
  EXPECT_EQ(life(R"(, "expires_in": 1e30)"), 3590);
  EXPECT_EQ(life(R"(, "expires_in": -5)"), 50);
  EXPECT_EQ(life(R"(, "expires_in": "300")"), 50);
}

TEST(TokenResponseTest, RefusesWhatFitsNoHeader) {
  for (const std::string bad :
       {"", "[]", "{}", R"({"token": ""})", R"({"token": 5})", R"({"token": "a b"})",
        R"({"token": "a\r\nX: y"})", R"({"token": "é"})"}) {
    const auto token = parse_token_response(bad, kNow);
    ASSERT_FALSE(token) << bad;
    EXPECT_EQ(token.error().code, Errc::protocol);
  }
  EXPECT_FALSE(parse_token_response(R"({"token": ")" + std::string(40000, 'a') + "\"}", kNow));
  EXPECT_FALSE(parse_token_response(std::string(200000, '['), kNow));
}

TEST(TokenRequestTest, QueryIsEncoded) {
  const Credentials me("me&you", "secret", "");
  EXPECT_EQ(token_target(key(), nullptr), "/token?service=svc&scope=repository%3Aa%2Fb%3Apull");
  EXPECT_EQ(token_target(key(), &me),
            "/token?service=svc&scope=repository%3Aa%2Fb%3Apull&account=me%26you");
  const TokenKey with_query("r", *Url::parse("https://a/t?x=1"), "", "s");
  EXPECT_EQ(token_target(with_query, nullptr), "/t?x=1&scope=s");
}

TEST(TokenRequestTest, FormCarriesOneKindOfSecret) {
  const std::string password = token_form(key(), Credentials("me", "p&w", ""));
  EXPECT_NE(password.find("grant_type=password&username=me&password=p%26w"), std::string::npos);
  const std::string refresh = token_form(key(), Credentials("me", "pw", "idtok"));
  EXPECT_NE(refresh.find("grant_type=refresh_token&refresh_token=idtok"), std::string::npos);
  EXPECT_EQ(refresh.find("pw"), std::string::npos);
}

TEST(TokenCacheTest, FindsUntilTheEndOfLife) {
  TokenCache cache;
  cache.put(key(), Token("t", kNow + seconds(10)));
  EXPECT_EQ(cache.find(key(), kNow + seconds(9)), "t");
  EXPECT_EQ(cache.find(key(), kNow + seconds(10)), std::nullopt);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCacheTest, KeysDifferInAnyPart) {
  TokenCache cache;
  cache.put(key(), Token("t", kNow + seconds(10)));
  EXPECT_EQ(cache.find(key("repository:a/c:pull"), kNow), std::nullopt);
  EXPECT_EQ(cache.find(key("repository:a/b:pull", "other.test"), kNow), std::nullopt);
}

TEST(TokenCacheTest, DropLeavesASuccessorAlone) {
  TokenCache cache;
  cache.put(key(), Token("new", kNow + seconds(10)));
  cache.drop(key(), "old");
  EXPECT_EQ(cache.find(key(), kNow), "new");
  cache.drop(key(), "new");
  EXPECT_EQ(cache.find(key(), kNow), std::nullopt);
}

TEST(TokenCacheTest, TheOneThatEndsFirstMakesRoom) {
  TokenCache cache;
  for (std::size_t i = 0; i < TokenCache::kTokensMax; ++i) {
    cache.put(key("s" + std::to_string(i)), Token("t", kNow + seconds(100 + i)));
  }
  cache.put(key("one more"), Token("t", kNow + seconds(50)));
  EXPECT_EQ(cache.size(), TokenCache::kTokensMax);
  EXPECT_EQ(cache.find(key("s0"), kNow), std::nullopt);
  EXPECT_EQ(cache.find(key("one more"), kNow), "t");
}

}  // namespace
}  // namespace shoal::upstream
