#include "base/repository.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(RegistryNameTest, ReadsHostsWithAndWithoutPort) {
  const std::pair<const char*, const char*> cases[] = {{"docker.io", "docker.io"},
                                                       {"localhost:5000", "localhost:5000"},
                                                       {"Registry.Example", "registry.example"},
                                                       {"10.0.0.1:443", "10.0.0.1:443"},
                                                       {"[::1]:5000", "[::1]:5000"},
                                                       {"[2001:DB8::1]", "[2001:db8::1]"},
                                                       {"my_registry", "my_registry"}};
  for (const auto& [text, want] : cases) {
    const auto got = RegistryName::parse(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->text(), want);
  }
}

TEST(RegistryNameTest, RefusesWhatIsNotAHost) {
  const std::string hostile[] = {"",
                                 ":5000",
                                 "host:",
                                 "host:0",
                                 "host:65536",
                                 "host:1:2",
                                 "host:+1",
                                 "host:1x",
                                 "host/path",
                                 "host?x=1",
                                 "host#x",
                                 "user@host",
                                 "user:secret@host",
                                 "ho st",
                                 "host\r\nX-Evil: 1",
                                 "..",
                                 ".",
                                 ".host",
                                 "a..b",
                                 "-host",
                                 "host-",
                                 "%6c",
                                 "[",
                                 "[]",
                                 "[:",
                                 "[::1",
                                 "[::1]x",
                                 "[::1]:",
                                 "[::1]:0",
                                 "[....]",
                                 "[:::::]",
                                 "[1.2.3.4]",
                                 "[::1%25eth0]",
                                 "::1",
                                 std::string("host\0", 5),
                                 std::string(261, 'a')};
  for (const std::string& text : hostile) {
    const auto got = RegistryName::parse(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
  }
}

TEST(RepositoryNameTest, ReadsTheSpecificationsPattern) {
  const std::string good[] = {
      "a", "0", "library/python", "a/b/c/d", "a.b/c_d/e__f/g-h/i---j", std::string(255, 'a')};
  for (const std::string& text : good) {
    const auto got = RepositoryName::parse(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->text(), text);
  }
}

TEST(RepositoryNameTest, RefusesEverythingElse) {
  const std::string hostile[] = {"",
                                 "/",
                                 "/a",
                                 "a/",
                                 "a//b",
                                 "A",
                                 "a/B",
                                 ".",
                                 "..",
                                 "a/..",
                                 "a/../b",
                                 "../a",
                                 ".a",
                                 "a.",
                                 "_a",
                                 "a_",
                                 "-a",
                                 "a-",
                                 "a..b",
                                 "a___b",
                                 "a.-b",
                                 "a_-b",
                                 "a b",
                                 "a%2fb",
                                 "a\\b",
                                 "a:b",
                                 "a@b",
                                 "a?b",
                                 "caf\xc3\xa9",
                                 "a\n",
                                 std::string("a\0", 2),
                                 std::string(256, 'a')};
  for (const std::string& text : hostile) {
    const auto got = RepositoryName::parse(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
  }
}

TEST(TagTest, ReadsTheSpecificationsPattern) {
  const std::string good[] = {"latest", "v1.0.0-rc.1", "_x", "3", "A_B", std::string(128, 'a')};
  for (const std::string& text : good) {
    const auto got = Tag::parse(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->text(), text);
  }
}

TEST(TagTest, RefusesEverythingElse) {
  const std::string hostile[] = {
      "", ".x", "-x", "a/b", "a b", "a\n", std::string("a\0", 2), std::string(129, 'a')};
  for (const std::string& text : hostile) EXPECT_FALSE(Tag::parse(text)) << text;
}

TEST(ReferenceTest, IsADigestWhereItHasAColonElseATag) {
  const std::string digest = "sha256:" + std::string(64, '0');
  const auto by_digest = parse_reference(digest);
  ASSERT_TRUE(by_digest);
  EXPECT_TRUE(std::holds_alternative<Digest>(*by_digest));
  EXPECT_EQ(to_text(*by_digest), digest);

  const auto by_tag = parse_reference("latest");
  ASSERT_TRUE(by_tag);
  EXPECT_TRUE(std::holds_alternative<Tag>(*by_tag));
  EXPECT_EQ(to_text(*by_tag), "latest");

  for (const char* text : {"", "sha256:", "latest:1", "../x", "a b"}) {
    const auto got = parse_reference(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
  }
}

TEST(RepositoryTest, ReadsAsPeopleWriteIt) {
  const Repository repository(*RegistryName::parse("docker.io"),
                              *RepositoryName::parse("library/python"));
  EXPECT_EQ(repository.text(), "docker.io/library/python");
}

}  // namespace
}  // namespace shoal
