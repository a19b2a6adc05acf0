#include "discovery/discovery.h"

#include <gmock/gmock.h>

#include "base/event.h"
#include "discovery/discovery_fixture.h"

namespace shoal::discovery::testing {
namespace {

// A source that finds what the test says.
class Scripted final : public Source {
 public:
  Scripted(asio::any_io_executor reactor, std::string name)
      : name_(std::move(name)), stopped_(std::move(reactor)) {}
  std::string_view name() const override { return name_; }
  Awaitable<void> run(Found found) override {
    tell = std::move(found);
    co_await stopped_.wait_until(SteadyTime::max());
    ended = true;
  }
  void stop() override { stopped_.notify_all(); }

  Found tell;
  bool ended = false;

 private:
  std::string name_;
  Event stopped_;
};

class DiscoveryTest : public DiscoveryFixture {
 protected:
  DiscoveryTest() {
    for (const char* name : {"static", "dns"}) {
      auto source = std::make_unique<Scripted>(io_.get_executor(), name);
      sources_.push_back(source.get());
      discovery_.add(std::move(source));
    }
    discovery_.start();
    run_until([&] { return sources_[0]->tell && sources_[1]->tell; }, "both have begun");
  }
  ~DiscoveryTest() override {
    discovery_.stop();
    run_until([&] { return sources_[0]->ended && sources_[1]->ended; }, "both have ended");
  }

  std::vector<Endpoints> told_;
  Discovery discovery_{io_.get_executor(), metrics_,
                       [this](const Endpoints& all) { told_.push_back(all); }};
  std::vector<Scripted*> sources_;
};

TEST_F(DiscoveryTest, UnionIsToldWhenItChanges) {
  sources_[0]->tell(endpoints({"10.0.0.1:1"}));
  sources_[1]->tell(endpoints({"10.0.0.1:1", "10.0.0.2:1"}));
  sources_[1]->tell(endpoints({"10.0.0.2:1"}));  // the first source still knows the other
  sources_[0]->tell({});
  EXPECT_THAT(told_, ::testing::ElementsAre(endpoints({"10.0.0.1:1"}),
                                            endpoints({"10.0.0.1:1", "10.0.0.2:1"}),
                                            endpoints({"10.0.0.2:1"})));
}

TEST_F(DiscoveryTest, NothingIsToldToo) {
  sources_[0]->tell({});
  sources_[1]->tell({});
  EXPECT_THAT(told_, ::testing::ElementsAre(Endpoints()));
}

TEST_F(DiscoveryTest, EndpointsAreCountedBySource) {
  sources_[0]->tell(endpoints({"10.0.0.1:1"}));
  sources_[1]->tell(endpoints({"10.0.0.1:1", "10.0.0.2:1"}));
  EXPECT_EQ(metrics_.discovery_endpoints("static").Value(), 1);
  EXPECT_EQ(metrics_.discovery_endpoints("dns").Value(), 2);
}

}  // namespace
}  // namespace shoal::discovery::testing
