#include "p2p/peer_classes.h"

#include <gtest/gtest.h>
#include <libtorrent/ip_filter.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/settings_pack.hpp>

namespace shoal::p2p {
namespace {

constexpr const char* kAddresses[] = {"127.0.0.1", "10.1.2.3",    "192.168.0.9", "8.8.8.8",
                                      "::1",       "fd00::1:2:3", "2001:db8::7"};

class PeerClassesTest : public testing::Test {
 protected:
  static lt::settings_pack quiet() {
    lt::settings_pack settings;
    settings.set_str(lt::settings_pack::listen_interfaces, "");
    for (const int name : {lt::settings_pack::enable_dht, lt::settings_pack::enable_lsd,
                           lt::settings_pack::enable_upnp, lt::settings_pack::enable_natpmp}) {
      settings.set_bool(name, false);
    }
    return settings;
  }
  // The classes of connections with this address.
  std::vector<lt::peer_class_info> classes_of(const char* address) {
    const std::uint32_t bits = session_.get_peer_class_filter().access(lt::make_address(address));
    std::vector<lt::peer_class_info> out;
    for (std::uint32_t i = 0; i < 32; ++i) {
      if ((bits >> i & 1U) != 0) out.push_back(session_.get_peer_class(lt::peer_class_t(i)));
    }
    return out;
  }

  lt::session session_{lt::session_params(quiet()), lt::session_flags_t{}};
  SwarmOptions options_;
};

TEST_F(PeerClassesTest, LimitsCountForPrivateAddressesToo) {
  options_.upload_slots = 4;
  const PeerClasses classes(session_, options_);
  for (const char* address : kAddresses) {
    const auto found = classes_of(address);
    ASSERT_EQ(found.size(), 1U) << address;
    EXPECT_EQ(found[0].label, "global") << address;
    EXPECT_FALSE(found[0].ignore_unchoke_slots);
    EXPECT_EQ(found[0].connection_limit_factor, 100);
  }
}

TEST_F(PeerClassesTest, WithoutSlotsEverybodyIsServed) {
  const PeerClasses classes(session_, options_);
  for (const char* address : kAddresses) {
    const auto found = classes_of(address);
    ASSERT_EQ(found.size(), 2U) << address;
    EXPECT_EQ(found[0].label, "global") << address;
    EXPECT_TRUE(found[1].ignore_unchoke_slots);
  }
}

TEST_F(PeerClassesTest, ThoseOfOurZoneComeFirst) {
  options_.upload_slots = 4;
  PeerClasses classes(session_, options_);
  for (const char* address : {"10.1.2.3", "2001:db8::7"}) {
    classes.place(lt::make_address(address), true);
    EXPECT_EQ(classes_of(address).size(), 1U) << "not before apply()";
    classes.apply();
    const auto found = classes_of(address);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_GT(found[1].upload_priority, found[0].upload_priority);
    EXPECT_GT(found[1].download_priority, found[0].download_priority);
  }
  EXPECT_EQ(classes_of("10.1.2.4").size(), 1U);
  classes.place(lt::make_address("10.1.2.3"), false);  // another node has its address now
  classes.apply();
  EXPECT_EQ(classes_of("10.1.2.3").size(), 1U);
}

}  // namespace
}  // namespace shoal::p2p
