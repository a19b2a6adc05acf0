#include "discovery/peers_file.h"

#include <sys/stat.h>

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"

namespace shoal::discovery::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(PeersFileTest, HostsCommentsAndEmptyLines) {
  const auto hosts = parse_peers(
      "# nodes\r\n\n  10.0.0.11:6881  # rack 1\r\n[2001:db8::7]:6881\n\tnode-12.example:7000", "f");
  ASSERT_TRUE(hosts) << hosts.error().message;
  EXPECT_THAT(*hosts, ElementsAre(HostPort("10.0.0.11", 6881), HostPort("2001:db8::7", 6881),
                                  HostPort("node-12.example", 7000)));
  EXPECT_TRUE(parse_peers("", "f")->empty());
  EXPECT_TRUE(parse_peers("#", "f")->empty());
}

TEST(PeersFileTest, ErrorNamesFileAndLineOnOneLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"10.0.0.1", "peers:1: \"10.0.0.1\" is not a host and a port"},
      {"a:1\nb:0\nc:1", "peers:2: \"b:0\" is not"},
      {"a:1\n\n# x\nb:1 c:1", "peers:4: \"b:1 c:1\" is not"},
      {std::string("a:1\nb\0:1", 8), "peers:2: \"b\\x00:1\" is not"},
      {"a:1\n\x1b[31m:1\n", "peers:2: \"\\x1b[31m:1\" is not"},
      {"\xff\xfe"
       "a:1",
       "peers:1: "},
      {std::string(100'000, 'a'), "peers:1: "}};
  for (const auto& [text, message] : cases) {
    const auto hosts = parse_peers(text, "peers");
    ASSERT_FALSE(hosts) << text;
    EXPECT_THAT(hosts.error().message, StartsWith(message));
    EXPECT_EQ(hosts.error().message.find('\n'), std::string::npos);
    EXPECT_LT(hosts.error().message.size(), 500U);
  }
}

TEST(PeersFileTest, TooManyHostsAreRefused) {
  std::string text;
  for (std::size_t i = 0; i < kEndpointsMax; ++i) text += "n" + std::to_string(i) + ":1\n";
  EXPECT_EQ(parse_peers(text, "f")->size(), kEndpointsMax);
  EXPECT_EQ(parse_peers(text + "one:1\n", "f").error().code, Errc::too_large);
}

class PeersFileOnDiskTest : public DiscoveryFixture {};

TEST_F(PeersFileOnDiskTest, WhatCannotBeReadIsNamed) {
  const auto file = folder_ / "peers";
  EXPECT_EQ(read_peers(file).error().code, Errc::not_found);
  EXPECT_THAT(read_peers(file).error().message, StartsWith(file.native()));
  EXPECT_FALSE(read_peers(folder_));
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(read_peers(file).error().message, ::testing::HasSubstr("no regular file"));
}

TEST_F(PeersFileOnDiskTest, HugeFileIsRefused) {
  const auto file = folder_ / "peers";
  write(file, std::string(kPeersFileBytesMax, '#'));
  EXPECT_TRUE(read_peers(file));
  write(file, std::string(kPeersFileBytesMax + 1, '#'));
  EXPECT_EQ(read_peers(file).error().code, Errc::too_large);
}

}  // namespace
}  // namespace shoal::discovery::testing
