#include "base/dns_name.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(DnsNameTest, HostHasAPort) {
  const auto name = DnsName::parse("shoal-peers.shoal.svc:6881");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(name->name(), "shoal-peers.shoal.svc");
  EXPECT_EQ(name->port(), 6881);
  EXPECT_FALSE(name->is_service());
  EXPECT_EQ(name->text(), "shoal-peers.shoal.svc:6881");
}

TEST(DnsNameTest, ServiceHasNone) {
  const auto name = DnsName::parse("_swarm._tcp.shoal.example");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(name->name(), "_swarm._tcp.shoal.example");
  EXPECT_TRUE(name->is_service());
}

TEST(DnsNameTest, RootsDotMayStand) {
  EXPECT_TRUE(DnsName::parse("shoal.example.:6881"));
  EXPECT_TRUE(DnsName::parse("_swarm._tcp.shoal.example."));
}

TEST(DnsNameTest, RefusesWhatIsNeither) {
  for (const char* text :
       {"", ":", "shoal.example", "shoal.example:", "shoal.example:0", "shoal.example:65536",
        "_swarm", "_swarm._tcp", "_swarm.tcp.shoal", "swarm._tcp.shoal", "_swarm._tcp..shoal",
        "_swarm._tcp.sho al", "_swarm._tcp.\n", "srv:_swarm._tcp.shoal", "10.0.0.1:6881",
        "[::1]:6881", "a b:1"}) {
    const auto name = DnsName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, Errc::invalid_argument);
  }
  EXPECT_FALSE(DnsName::parse("_swarm._tcp." + std::string(300, 'a')));
}

}  // namespace
}  // namespace shoal
