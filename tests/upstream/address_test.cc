#include "upstream/address.h"

#include <string>

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

struct Case {
  const char* address;
  AddressScope scope;
};

class AddressTest : public ::testing::TestWithParam<Case> {};

TEST_P(AddressTest, HasItsScope) {
  const auto address = boost::asio::ip::make_address(GetParam().address);
  EXPECT_EQ(scope_of(address), GetParam().scope) << GetParam().address;
  EXPECT_EQ(is_private_address(address), GetParam().scope != AddressScope::public_net);
}

constexpr auto kPublic = AddressScope::public_net;
constexpr auto kPrivate = AddressScope::private_net;
constexpr auto kLoopback = AddressScope::loopback;
constexpr auto kSpecial = AddressScope::special;

INSTANTIATE_TEST_SUITE_P(
    V4, AddressTest,
    ::testing::Values(Case{"8.8.8.8", kPublic}, Case{"100.63.255.255", kPublic},
                      Case{"100.128.0.0", kPublic}, Case{"172.15.255.255", kPublic},
                      Case{"172.32.0.0", kPublic}, Case{"9.255.255.255", kPublic},
                      Case{"11.0.0.0", kPublic}, Case{"192.167.255.255", kPublic},
                      Case{"223.255.255.255", kPublic}, Case{"10.0.0.0", kPrivate},
                      Case{"10.255.255.255", kPrivate}, Case{"172.16.0.0", kPrivate},
                      Case{"172.31.255.255", kPrivate}, Case{"192.168.1.1", kPrivate},
                      Case{"100.64.0.1", kPrivate}, Case{"198.19.255.255", kPrivate},
                      Case{"203.0.113.9", kPrivate}, Case{"127.0.0.1", kLoopback},
                      Case{"127.255.255.254", kLoopback}, Case{"0.0.0.0", kLoopback},
                      Case{"169.254.0.1", kSpecial}, Case{"169.254.169.254", kSpecial},
                      Case{"100.100.100.200", kSpecial}, Case{"168.63.129.16", kSpecial},
                      Case{"192.0.0.192", kSpecial}, Case{"224.0.0.1", kSpecial},
                      Case{"255.255.255.255", kSpecial}));

INSTANTIATE_TEST_SUITE_P(
    V6, AddressTest,
    ::testing::Values(Case{"2606:4700::1111", kPublic}, Case{"::1", kLoopback},
                      Case{"::", kLoopback}, Case{"fe80::1", kSpecial}, Case{"febf::1", kSpecial},
                      Case{"ff02::1", kSpecial}, Case{"fec0::1", kPrivate},
                      Case{"fc00::1", kPrivate}, Case{"fd12::1", kPrivate},
                      Case{"fd00:ec2::254", kSpecial}, Case{"fd20:ce::254", kSpecial},
                      Case{"2001::1", kPrivate}, Case{"2001:db8::1", kPrivate},
                      Case{"::ffff:8.8.8.8", kPublic}, Case{"::ffff:10.0.0.1", kPrivate},
                      Case{"::ffff:127.0.0.1", kLoopback}, Case{"::ffff:169.254.169.254", kSpecial},
                      Case{"::10.0.0.1", kPrivate}, Case{"64:ff9b::169.254.169.254", kSpecial},
                      Case{"64:ff9b::8.8.8.8", kPublic}, Case{"64:ff9b:1::8.8.8.8", kPrivate},
                      Case{"2002:0a00:0001::1", kPrivate}, Case{"2002:0808:0808::1", kPublic}));

TEST(MayLeadTest, OnlyOutwards) {
  EXPECT_TRUE(may_lead(kPublic, kPublic));
  EXPECT_FALSE(may_lead(kPublic, kPrivate));
  EXPECT_FALSE(may_lead(kPublic, kLoopback));
  EXPECT_FALSE(may_lead(kPublic, kSpecial));
  EXPECT_TRUE(may_lead(kPrivate, kPrivate));
  EXPECT_FALSE(may_lead(kPrivate, kLoopback));
  EXPECT_FALSE(may_lead(kLoopback, kSpecial));
  EXPECT_TRUE(may_lead(kLoopback, kPrivate));
  EXPECT_TRUE(may_lead(kSpecial, kSpecial));
}

}  // namespace
}  // namespace shoal::upstream
