#include "transfer/upstream_route.h"

#include <gtest/gtest.h>

namespace shoal::transfer {
namespace {

using std::chrono::seconds;

Repository repository(const std::string& name) {
  return Repository(*RegistryName::parse("registry.example"), *RepositoryName::parse(name));
}

const UpstreamRoute::Time kNow = UpstreamRoute::Time{} + seconds(1000);

TEST(UpstreamRouteTest, FirstHintIsAskedFirst) {
  UpstreamRoute route;
  route.add({repository("a"), repository("b"), repository("a")});
  EXPECT_EQ(route.pick(kNow)->name.text(), "a");
}

TEST(UpstreamRouteTest, RepositoryThatSaysNoIsGivenUp) {
  UpstreamRoute route;
  route.add({repository("a"), repository("b")});
  route.failed(repository("a"), Error{Errc::denied, "403", 0}, kNow);
  EXPECT_EQ(route.pick(kNow + seconds(3600))->name.text(), "b");
}

TEST(UpstreamRouteTest, UnreachableRepositoryIsTriedAgainLaterAndLater) {
  UpstreamRoute route;
  route.add({repository("a")});
  const Error down{Errc::unavailable, "refused", 0};
  route.failed(repository("a"), down, kNow);
  EXPECT_FALSE(route.usable(kNow));
  EXPECT_TRUE(route.usable(kNow + seconds(1)));
  route.failed(repository("a"), down, kNow);
  route.failed(repository("a"), down, kNow);
  EXPECT_FALSE(route.usable(kNow + seconds(1)));
  route.succeeded(repository("a"));
  route.failed(repository("a"), down, kNow);
  EXPECT_TRUE(route.usable(kNow + seconds(1)));
}

TEST(UpstreamRouteTest, RetryAfterIsHonoured) {
  UpstreamRoute route;
  route.add({repository("a")});
  route.failed(repository("a"), Error{Errc::rate_limited, "429", 60}, kNow);
  EXPECT_FALSE(route.usable(kNow + seconds(59)));
  EXPECT_TRUE(route.usable(kNow + seconds(60)));
}

TEST(UpstreamRouteTest, ErrorIsTheLastOneOrThatNobodyIsKnown) {
  UpstreamRoute route;
  EXPECT_EQ(route.error().code, Errc::not_found);
  route.add({repository("a")});
  route.failed(repository("a"), Error{Errc::timeout, "slow", 0}, kNow);
  EXPECT_EQ(route.error().code, Errc::timeout);
}

}  // namespace
}  // namespace shoal::transfer
