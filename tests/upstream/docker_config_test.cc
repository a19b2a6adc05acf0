#include "upstream/docker_config.h"

#include <gtest/gtest.h>

#include "upstream/base64.h"

namespace shoal::upstream {
namespace {

std::string entry(const std::string& key, const std::string& value) {
  return R"({"auths": {")" + key + R"(": )" + value + "}}";
}

std::string auth(const std::string& pair) {
  return R"({"auth": ")" + base64_encode(pair) + R"("})";
}

TEST(Base64Test, EncodesAndDecodes) {
  for (const auto& [plain, encoded] : {std::pair<std::string, std::string>{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foobar", "Zm9vYmFy"},
                                       {"\xff\xfe", "//4="}}) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
  EXPECT_EQ(base64_decode("Zg"), "f");
  for (const char* bad : {"Z", "Zg===", "Zm 9v", "Zm9v!", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_decode(bad)) << bad;
  }
}

TEST(DockerConfigTest, DockerHubHasManyNames) {
  for (const char* key : {"https://index.docker.io/v1/", "index.docker.io", "docker.io",
                          "registry-1.docker.io", "https://registry-1.docker.io/v2/"}) {
    const auto config = DockerConfig::parse(entry(key, auth("me:pass:word")), "c");
    ASSERT_TRUE(config) << key;
    const auto* found = config->find("registry-1.docker.io");
    ASSERT_NE(found, nullptr) << key;
    EXPECT_EQ(found->username, "me");
    EXPECT_EQ(found->password, "pass:word");
    EXPECT_EQ(config->find("docker.io"), found);
  }
}

TEST(DockerConfigTest, HostsArePlainOrWithPort) {
  const auto config = DockerConfig::parse(entry("Reg.Example:5000", auth("u:p")), "c");
  ASSERT_TRUE(config);
  EXPECT_NE(config->find("reg.example:5000"), nullptr);
  EXPECT_EQ(config->find("reg.example"), nullptr);
  EXPECT_EQ(config->find("reg.example:5001"), nullptr);
}

TEST(DockerConfigTest, EntryOfAPartOfARegistryIsNotForAllOfIt) {
  const auto config = DockerConfig::parse(entry("reg.example/team", auth("u:p")), "c");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->find("reg.example"), nullptr);
}

TEST(DockerConfigTest, IdentityTokenAndSeparateMembers) {
  auto config = DockerConfig::parse(entry("r", R"({"auth": "dTo=", "identitytoken": "t"})"), "c");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->find("r")->username, "u");
  EXPECT_EQ(config->find("r")->identity_token, "t");
  config = DockerConfig::parse(entry("r", R"({"username": "u", "password": "p"})"), "c");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->find("r")->password, "p");
}

TEST(DockerConfigTest, EmptyEntriesAreNoCredentials) {
  const auto config = DockerConfig::parse(entry("r", "{}"), "c");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->find("r"), nullptr);
  EXPECT_TRUE(DockerConfig::parse("{}", "c"));
  EXPECT_TRUE(DockerConfig::parse(R"({"auths": null, "credsStore": "x"})", "c"));
}

TEST(DockerConfigTest, ErrorsNameFileAndEntryAndNoSecret) {
  for (const std::string& bad : {entry("r", R"({"auth": "secret!"})"), entry("r", R"({"auth": 7})"),
                                 entry("r", "[]"), entry("r", auth("secretwithoutcolon"))}) {
    const auto config = DockerConfig::parse(bad, "/etc/c.json");
    ASSERT_FALSE(config) << bad;
    EXPECT_EQ(config.error().code, Errc::invalid_argument);
    EXPECT_NE(config.error().message.find("/etc/c.json"), std::string::npos);
    EXPECT_NE(config.error().message.find("\"r\""), std::string::npos);
    EXPECT_EQ(config.error().message.find("secret"), std::string::npos);
  }
  for (const char* bad : {"", "[]", "{", R"({"auths": []})"}) {
    EXPECT_FALSE(DockerConfig::parse(bad, "c")) << bad;
  }
}

TEST(DockerConfigTest, MissingFileIsNamed) {
  const auto config = DockerConfig::load("/no/such/config.json");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("/no/such/config.json"), std::string::npos);
}

}  // namespace
}  // namespace shoal::upstream
