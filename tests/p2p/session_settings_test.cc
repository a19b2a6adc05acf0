#include <limits>

#include <gtest/gtest.h>
#include <libtorrent/alert.hpp>
#include <libtorrent/settings_pack.hpp>

#include "p2p/engine.h"
#include "pki/test_authority.h"

namespace shoal::p2p {
namespace {

using sp = lt::settings_pack;

TEST(SessionSettingsTest, LimitsReachLibtorrent) {
  SwarmOptions options;
  options.upload_rate = 1000;
  options.download_rate = 2000;
  options.upload_slots = 3;
  options.connections = 40;
  const lt::settings_pack settings = session_settings(options);
  EXPECT_EQ(settings.get_int(sp::upload_rate_limit), 1000);
  EXPECT_EQ(settings.get_int(sp::download_rate_limit), 2000);
  EXPECT_EQ(settings.get_int(sp::unchoke_slots_limit), 3);
  EXPECT_EQ(settings.get_int(sp::connections_limit), 40);
}

TEST(SessionSettingsTest, DefaultsAreThoseOfATrustedCluster) {
  const lt::settings_pack settings = session_settings(SwarmOptions());
  EXPECT_EQ(settings.get_int(sp::upload_rate_limit), 0);
  EXPECT_EQ(settings.get_int(sp::unchoke_slots_limit), -1);
  EXPECT_EQ(settings.get_int(sp::connections_limit), 4000);
}

TEST(SessionSettingsTest, RatesBeyondAnIntDoNotWrap) {
  SwarmOptions options;
  options.upload_rate = std::uint64_t{1} << 32;
  options.download_rate = std::numeric_limits<std::uint64_t>::max();
  const lt::settings_pack settings = session_settings(options);
  EXPECT_EQ(settings.get_int(sp::upload_rate_limit), std::numeric_limits<int>::max());
  EXPECT_EQ(settings.get_int(sp::download_rate_limit), std::numeric_limits<int>::max());
}

TEST(SessionSettingsTest, DirectoryHasAPlainPortOfItsOwnBesideTls) {
  const pki::TestAuthority authority;
  SwarmOptions options;
  options.listen = "127.0.0.1:6881";
  const auto listens = [&] { return session_settings(options).get_str(sp::listen_interfaces); };
  EXPECT_EQ(listens(), "127.0.0.1:6881");
  options.credentials = authority.credentials();
  EXPECT_EQ(listens(), "127.0.0.1:6881s,127.0.0.1:6882");
  options.dht_port = 7000;
  EXPECT_EQ(listens(), "127.0.0.1:6881s,127.0.0.1:7000");
  EXPECT_FALSE(session_settings(options).get_bool(sp::enable_incoming_tcp));
}

TEST(SessionSettingsTest, NoAlertForEachMessageOfTheDht) {
  const auto mask =
      static_cast<std::uint32_t>(session_settings(SwarmOptions()).get_int(sp::alert_mask));
  const auto has = [mask](lt::alert_category_t one) {
    return (mask & static_cast<std::uint32_t>(one)) != 0;
  };
  EXPECT_TRUE(has(lt::alert_category::dht_operation));
  EXPECT_FALSE(has(lt::alert_category::dht));
}

}  // namespace
}  // namespace shoal::p2p
