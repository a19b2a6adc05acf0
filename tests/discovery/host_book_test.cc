#include "discovery/host_book.h"

#include <gmock/gmock.h>

#include "discovery/discovery_fixture.h"
#include "discovery/static_peers.h"

namespace shoal::discovery::testing {
namespace {

class HostBookTest : public DiscoveryFixture {
 protected:
  Endpoints look_up_all(const std::vector<HostPort>& hosts) { return result_of(all_of(hosts)); }
  Awaitable<Endpoints> all_of(std::vector<HostPort> hosts) {
    co_await book_.look_up_all(hosts, stopped_);
    co_return book_.all();
  }
  double errors() { return metrics_.discovery_errors("static").Value(); }

  HostBook book_{"static", pool_, metrics_};
  bool stopped_ = false;
};

TEST_F(HostBookTest, AddressesAreTakenAsTheyAre) {
  EXPECT_EQ(look_up_all({{"10.0.0.1", 1}, {"2001:db8::7", 2}}),
            endpoints({"10.0.0.1:1", "[2001:db8::7]:2"}));
}

TEST_F(HostBookTest, NamesAreLookedUpAsTheSystemDoes) {
  EXPECT_THAT(look_up_all({{"localhost", 5}}),
              ::testing::Contains(*endpoints({"127.0.0.1:5"}).begin()));
}

TEST_F(HostBookTest, NameThatDoesNotResolveIsCountedAndLoggedOnce) {
  const LogCapture log;
  const std::vector<HostPort> hosts{{"a..b", 1}, {"10.0.0.1", 1}};  // no name, so nobody is asked
  EXPECT_EQ(look_up_all(hosts), endpoints({"10.0.0.1:1"}));
  EXPECT_EQ(look_up_all(hosts), endpoints({"10.0.0.1:1"}));
  EXPECT_EQ(errors(), 2);
  EXPECT_EQ(log.lines_with("a..b does not resolve"), 1);
}

TEST_F(HostBookTest, WhatIsNoLongerWrittenDownIsForgotten) {
  look_up_all({{"10.0.0.1", 1}, {"10.0.0.2", 1}});
  EXPECT_EQ(look_up_all({{"10.0.0.2", 1}}), endpoints({"10.0.0.2:1"}));
}

TEST_F(HostBookTest, StopsBeforeTheNextName) {
  stopped_ = true;
  EXPECT_EQ(look_up_all({{"10.0.0.1", 1}}), Endpoints());
}

TEST_F(HostBookTest, StaticPeersTellTheirsOnceAndEnd) {
  StaticPeers peers(io_.get_executor(), pool_, metrics_, {{"10.0.0.1", 1}},
                    std::chrono::milliseconds(1));
  start(peers);
  run_until([&] { return found_.has_value(); }, "the peer was told");
  EXPECT_EQ(found_, endpoints({"10.0.0.1:1"}));
  stop(peers);
  EXPECT_EQ(times_found_, 1);
}

}  // namespace
}  // namespace shoal::discovery::testing
