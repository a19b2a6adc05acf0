#include "base/host_port.h"

#include <string>

#include <gmock/gmock.h>

namespace shoal {
namespace {

TEST(HostPortTest, ReadsPlacesToConnectTo) {
  EXPECT_EQ(*parse_host_port("10.0.0.11:6881"), HostPort("10.0.0.11", 6881));
  EXPECT_EQ(*parse_host_port("node-12.example:1"), HostPort("node-12.example", 1));
  EXPECT_EQ(*parse_host_port("shoal_peers:65535"), HostPort("shoal_peers", 65535));
  EXPECT_EQ(*parse_host_port("[2001:db8::7]:6881"), HostPort("2001:db8::7", 6881));
}

TEST(HostPortTest, RefusesWhatCannotBeConnectedTo) {
  const std::string hostile[] = {"",
                                 ":",
                                 "host",
                                 "host:",
                                 ":6881",
                                 "host:0",
                                 "host:65536",
                                 "host:-1",
                                 "host:+1",
                                 "host: 1",
                                 "host:1 ",
                                 "host:0x50",
                                 "host:99999999999999999999",
                                 "::1:6881",
                                 "[::1]",
                                 "[::1]6881",
                                 "[::1:6881",
                                 "[]:6881",
                                 "[10.0.0.1]:6881",
                                 "[::1%eth0]:6881",
                                 "-host:1",
                                 ".host:1",
                                 "ho..st:1",
                                 "ho st:1",
                                 "ho/st:1",
                                 "user@host:1",
                                 std::string("ho\0st:1", 7),
                                 std::string("[::1\0]:1", 8),
                                 std::string(254, 'a') + ":1"};
  for (const std::string& text : hostile) {
    const auto got = parse_host_port(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Errc::invalid_argument);
  }
}

TEST(HostPortTest, ListensOnAddressesOnlyAndOnAnyPort) {
  EXPECT_EQ(*parse_listen_address("127.0.0.1:0"), HostPort("127.0.0.1", 0));
  EXPECT_EQ(*parse_listen_address("0.0.0.0:6881"), HostPort("0.0.0.0", 6881));
  EXPECT_EQ(*parse_listen_address("[::]:5050"), HostPort("::", 5050));
  for (const char* text : {"localhost:5050", "5050", ":5050", "127.1:80", "256.0.0.1:80", "[::]"}) {
    const auto got = parse_listen_address(text);
    ASSERT_FALSE(got) << text;
    EXPECT_THAT(got.error().message, testing::HasSubstr(text));
  }
}

TEST(HostPortTest, KnowsAddressesFromNames) {
  EXPECT_TRUE(is_ip_address("10.1.2.3"));
  EXPECT_TRUE(is_ip_address("::ffff:10.1.2.3"));
  EXPECT_FALSE(is_ip_address("10.1.2"));
  EXPECT_FALSE(is_ip_address("example.org"));
  EXPECT_FALSE(is_ip_address(""));
  EXPECT_FALSE(is_ip_address(std::string("10.1.2.3\0x", 10)));
}

}  // namespace
}  // namespace shoal
