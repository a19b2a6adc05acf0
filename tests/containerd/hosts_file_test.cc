#include "containerd/hosts_file.h"

#include <gmock/gmock.h>

namespace shoal::containerd {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kMirror = "http://127.0.0.1:5050";
const std::string kBlock =
    "# Written by `shoal containerd configure`; `shoal containerd restore` takes it out again.\n"
    "[host.\"http://127.0.0.1:5050\"]\n"
    "  capabilities = [\"pull\", \"resolve\"]\n"
    "# End of what `shoal containerd configure` wrote.\n";

std::string add(const std::string& text, const BlockOptions& options = {}) {
  const auto added = with_mirror(text, kMirror, options);
  return added ? *added : "refused: " + added.error().message;
}

TEST(HostsFileTest, NewFileHasTheMirrorAlone) {
  EXPECT_EQ(add(""), kBlock);
}

struct Placed {
  const char* before;
  const char* after;
};

TEST(HostsFileTest, MirrorIsTheFirstHostAndAllElseStays) {
  const Placed texts[] = {
      {"server = \"https://a.example\"\n", ""},
      {"server = \"https://a.example\"\n\n",
       "[host.\"https://b.example\"]\n  skip_verify = true\n"},
      {"# of ours\nserver = \"https://a.example\"\n\n",
       "# the first\n#   of two\n[host.\"https://b.example\"]\n[host.\"https://c.example\"]\n"},
      {"", "[host.\"https://b.example\"]"},
      {"", "[host]\n[host.\"https://b.example\"]\n"},
      {"ca = [\n  \"a.crt\",\n", ""},
      {"client = [\n[\"a.cert\", \"a.key\"],\n[\"b.cert\", \"b.key\"]\n]\n",
       "[header]\n  a = \"b\"\n"},
      {"server = \"\"\"https://a.example\\\n# no comment\n[no table]\"\"\"\n",
       "# one\n[host.\"b\"]\n"},
      {"# nothing but words\n", ""},
      {"server = \"https://a.example\"\r\n", "[host.\"https://b.example\"]\r\n"},
  };
  for (const auto& [before, after] : texts) {
    const std::string text = std::string(before) + after;
    SCOPED_TRACE(text);
    if (text.starts_with("ca = [\n") && text.find(']') == std::string::npos) {
      EXPECT_THAT(add(text), StartsWith("refused: is not TOML"));
      continue;
    }
    EXPECT_EQ(add(text), before + kBlock + after);
    EXPECT_EQ(without_mirror(before + kBlock + after), text);
  }
}

TEST(HostsFileTest, LastLineWithoutAnEndGetsOne) {
  EXPECT_EQ(add("server = \"https://a.example\""), "server = \"https://a.example\"\n" + kBlock);
}

TEST(HostsFileTest, TwiceIsAsGoodAsOnce) {
  const std::string once = add("server = \"https://a.example\"\n[host.\"https://b.example\"]\n");
  EXPECT_EQ(add(once), once);
  EXPECT_TRUE(has_block(once));
  EXPECT_FALSE(has_block(without_mirror(once)));
}

TEST(HostsFileTest, AnotherMirrorTakesThePlaceOfTheFirst) {
  const std::string text = "[host.\"https://b.example\"]\n";
  const auto moved = with_mirror(add(text), "http://127.0.0.1:6060", {});
  ASSERT_TRUE(moved);
  EXPECT_THAT(*moved, StartsWith(kBlock.substr(0, kBlock.find('\n') + 1) +
                                 "[host.\"http://127.0.0.1:6060\"]\n"));
  EXPECT_EQ(moved->find(kMirror), std::string::npos);
  EXPECT_EQ(without_mirror(*moved), text);
}

TEST(HostsFileTest, MirrorThatSomebodyWroteIsLeftAlone) {
  const std::string text = "[host.\"http://127.0.0.1:5050\"]\n  capabilities = [\"pull\"]\n";
  EXPECT_EQ(add(text), text);
  EXPECT_TRUE(names_mirror(text, kMirror));
  EXPECT_FALSE(has_block(text));
  EXPECT_FALSE(names_mirror("[host.\"http://127.0.0.1:5051\"]\n", kMirror));
  EXPECT_FALSE(names_mirror("not TOML", kMirror));
}

TEST(HostsFileTest, TextThatNothingCanBePutBeforeIsRefused) {
  for (const char* text : {"host = {\"https://b.example\" = {skip_verify = true}}\n", "host = 1\n",
                           "host.\"https://b.example\".skip_verify = true\n"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(add(text), HasSubstr("no other can be put before"));
  }
  for (const char* text : {"server = \n", "[host.\"a\"", "\xff", "a = 1\na = 2\n", "[[["}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(add(text), HasSubstr("is not TOML"));
  }
}

TEST(HostsFileTest, CertificatesOfTheFolderAreNamed) {
  BlockOptions options;
  options.certificates.authorities = {"a.crt", "b.crt"};
  options.certificates.pairs = {"node", "other"};
  const std::string text = add("", options);
  EXPECT_THAT(text, HasSubstr("ca = [\"a.crt\", \"b.crt\"]\n"));
  EXPECT_THAT(
      text,
      HasSubstr("client = [[\"node.cert\", \"node.key\"], [\"other.cert\", \"other.key\"]]\n"));
  EXPECT_LT(text.find("client ="), text.find("[host"));
  EXPECT_EQ(without_mirror(text), "");
}

TEST(HostsFileTest, WhoMadeTheFolderIsRemembered) {
  BlockOptions options;
  options.is_folder_new = true;
  const std::string made = add("", options);
  EXPECT_TRUE(is_folder_ours(made));
  EXPECT_TRUE(is_folder_ours(add(made)));
  EXPECT_FALSE(is_folder_ours(add("")));
}

TEST(HostsFileTest, HalfABlockIsNone) {
  EXPECT_FALSE(has_block(kBlock.substr(0, kBlock.size() - 3)));
  EXPECT_FALSE(has_block("x" + kBlock));
  EXPECT_EQ(without_mirror("x" + kBlock), "x" + kBlock);
}

TEST(HostsFileTest, MirrorIsAnAddressAndNothingElse) {
  EXPECT_EQ(*parse_mirror("http://127.0.0.1:5050"), kMirror);
  EXPECT_EQ(*parse_mirror("http://127.0.0.1:5050/"), kMirror);
  EXPECT_TRUE(parse_mirror("https://[::1]:5050"));
  for (const char* text :
       {"", "127.0.0.1:5050", "http://", "http://127.0.0.1", "http://a:5050/v2", "ftp://a:1",
        "http://a:0", "http://a\"]:5050", "http://a b:5050", "http://user@a:5050"}) {
    EXPECT_FALSE(parse_mirror(text)) << text;
  }
}

}  // namespace
}  // namespace shoal::containerd
